package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.tensor.Memory.ALL;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.code.CodeTiles.Found;
import org.lm4j.tensor.HostStorage;

/** The bits of every product against chains of {@code Math.fma} in plain loops. */
class CodeTilesTest {
  private static final long SEED = 20261130;
  private static final int GUARD = 0x7fc01234; // a NaN

  private static CodeTiles bf16() {
    Found found = CodeTiles.bf16();
    Need.VECTORS.check(found.tiles() != null, "no machine code: " + found.missing());
    return requireNonNull(found.tiles());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void bf16ProductsAreChainsOfRoundedSums(int vectors) {
    CodeTiles tiles = bf16();
    Random random = new Random(SEED + vectors);
    for (int rows : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 25, 64}) {
      for (int pairs : new int[] {0, 1, 2, 3, 31, 64}) {
        new Case(tiles, vectors, 16, rows, pairs, false, false, random).check();
        new Case(tiles, vectors, 16, rows, pairs, true, true, random).check();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void float32ProductsAreChainsOfRoundedSums(int lanes) {
    Found found = CodeTiles.float32(lanes);
    Need.VECTORS.check(found.tiles() != null, "no machine code: " + found.missing());
    Random random = new Random(SEED + lanes);
    for (int vectors = 1; vectors <= CodeTiles.MOST_VECTORS; vectors++) {
      for (int rows : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 25, 64}) {
        for (int depth : new int[] {0, 1, 2, 3, 31, 64}) {
          new Case(requireNonNull(found.tiles()), vectors, lanes, rows, depth, false, false, random)
              .floats()
              .check();
          new Case(requireNonNull(found.tiles()), vectors, lanes, rows, depth, true, true, random)
              .floats()
              .check();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void productsOfBytesAreExact(int vectors) {
    Found found = CodeTiles.bytes();
    Need.VECTORS.check(found.tiles() != null, "no machine code: " + found.missing());
    Random random = new Random(SEED + vectors);
    int lanes = 16;
    int width = vectors * lanes;
    for (int rows : new int[] {1, 2, 3, 5, 7, 13}) {
      for (int steps : new int[] {0, 1, 2, 33}) {
        for (boolean add : new boolean[] {false, true}) {
          int[] a = words(rows * steps, random);
          int[] panel = words(steps * width, random);
          int[] start = words(width, random);
          int[] c = words((rows + 2) * width, random);
          int[] expected = c.clone();
          for (int i = 0; i < rows * width; i++) {
            int sum = start[i % width] + (add ? c[width + i] : 0);
            for (int step = 0; step < steps; step++) {
              int left = a[i / width * steps + step];
              int right = panel[step * width + i % width];
              for (int bits = 0; bits < 32; bits += 8) {
                sum += (left >>> bits & 255) * (byte) (right >>> bits);
              }
            }
            expected[width + i] = sum;
          }
          int[] result = new int[c.length];
          try (HostStorage atA = storage(a);
              HostStorage atPanel = storage(panel);
              HostStorage atStart = storage(start);
              HostStorage atC = storage(c)) {
            long from = atA.address();
            long to = atC.address() + 4L * width;
            requireNonNull(found.tiles())
                .panel(
                    vectors,
                    rows,
                    steps,
                    from,
                    4L * steps,
                    4,
                    atPanel.address(),
                    atStart.address(),
                    add,
                    to,
                    4L * width);
            for (int i = 0; i < result.length; i++) {
              result[i] = ALL.get(JAVA_INT_UNALIGNED, atC.address() + 4L * i);
            }
          }
          assertThat(result).as("%d rows, %d steps", rows, steps).isEqualTo(expected);
        }
      }
    }
  }

  private static int[] words(int count, Random random) {
    return random.ints(count).toArray();
  }

  @Test
  void whatIsNotThereHasAReason() {
    Found found = CodeTiles.float32(4);
    assertThat(found.tiles()).isNull();
    assertThat(found.missing()).isEqualTo("it is written for vectors of 8 or 16 floats, not 4");
  }

  /** One product at odd distances, its result between guards. */
  private static final class Case {
    final CodeTiles tiles;
    final int vectors;
    final int width;
    final int rows;
    final int depth;
    final boolean add;
    final int rowStep; // of a, in elements of 32 bits
    final int depthStep;
    final int cStep;
    boolean halves = true;
    final int[] a;
    final int[] panel;
    final float[] start;
    final int[] c;

    Case(
        CodeTiles tiles,
        int vectors,
        int lanes,
        int rows,
        int depth,
        boolean byColumns,
        boolean add,
        Random random) {
      this.tiles = tiles;
      this.vectors = vectors;
      this.width = vectors * lanes;
      this.rows = rows;
      this.depth = depth;
      this.add = add;
      int far = (byColumns ? rows : depth) + 3;
      rowStep = byColumns ? 1 : far;
      depthStep = byColumns ? far : 1;
      cStep = width + 5;
      a = pairs((rows + depth + 1) * far, random);
      panel = pairs(depth * width + 1, random);
      start = new float[width];
      for (int i = 0; i < width; i++) {
        start[i] = random.nextFloat() - 0.5f;
      }
      c = new int[(rows + 2) * cStep];
      java.util.Arrays.fill(c, GUARD);
      for (int r = 0; r < rows; r++) {
        for (int i = 0; i < width; i++) {
          c[(r + 1) * cStep + i] = Float.floatToRawIntBits(random.nextFloat() - 0.5f);
        }
      }
    }

    /** Takes each 32 bits for one float. */
    Case floats() {
      halves = false;
      return this;
    }

    void check() {
      int[] result = c.clone();
      try (HostStorage atA = storage(a);
          HostStorage atPanel = storage(panel);
          HostStorage atStart = new HostStorage(4L * width);
          HostStorage atC = storage(c)) {
        for (int i = 0; i < width; i++) {
          int bits = Float.floatToRawIntBits(start[i]);
          ALL.set(JAVA_INT_UNALIGNED, atStart.address() + 4L * i, bits);
        }
        tiles.panel(
            vectors,
            rows,
            depth,
            atA.address(),
            4L * rowStep,
            4L * depthStep,
            atPanel.address(),
            atStart.address(),
            add,
            atC.address() + 4L * cStep,
            4L * cStep);
        for (int i = 0; i < result.length; i++) {
          result[i] = ALL.get(JAVA_INT_UNALIGNED, atC.address() + 4L * i);
        }
      }
      int[] expected = c.clone();
      for (int r = 0; r < rows; r++) {
        for (int i = 0; i < width; i++) {
          float sum = sum(r, i);
          int at = (r + 1) * cStep + i;
          float whole = add ? sum + Float.intBitsToFloat(c[at]) : sum;
          expected[at] = Float.floatToRawIntBits(whole);
        }
      }
      assertThat(result)
          .as("%d vectors, %d rows, depth %d", vectors, rows, depth)
          .isEqualTo(expected);
    }

    private float sum(int row, int column) {
      float sum = start[column];
      for (int d = 0; d < depth; d++) {
        int left = a[row * rowStep + d * depthStep];
        int right = panel[d * width + column];
        sum =
            halves
                ? dot(sum, left, right)
                : Math.fma(Float.intBitsToFloat(left), Float.intBitsToFloat(right), sum);
      }
      return sum;
    }
  }

  /** As vdpbf16ps adds: the pair's second product, then its first. */
  static float dot(float sum, int left, int right) {
    float second = flush(Math.fma(high(left), high(right), flush(sum)));
    return flush(Math.fma(high(left << 16), high(right << 16), second));
  }

  private static float high(int pair) {
    return flush(Float.intBitsToFloat(pair & 0xffff0000));
  }

  private static float flush(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0, x) : x;
  }

  /** Numbers of all signs between about 2^-4 and 1, each bit of both bf16 random. */
  private static int[] pairs(int count, Random random) {
    int[] pairs = new int[count];
    for (int i = 0; i < count; i++) {
      pairs[i] = half(random) << 16 | half(random);
    }
    return pairs;
  }

  private static int half(Random random) {
    int exponent = 123 + random.nextInt(5);
    return random.nextInt(2) << 15 | exponent << 7 | random.nextInt(128);
  }

  /** Denormal operands, results that would be denormal, zeros of both signs, overflow. */
  @Test
  void bf16AtTheEndsOfTheRange() {
    CodeTiles tiles = bf16();
    Random random = new Random(SEED);
    int[] ends = {
      0x0001, 0x007f, 0x0080, 0x8001, 0x8080, 0, 0x8000, 0x3f80, 0x2000, 0x7f7f, 0x1f80
    };
    for (int run = 0; run < 50; run++) {
      Case one = new Case(tiles, 3, 16, 5, 4, false, false, random);
      for (int[] numbers : new int[][] {one.a, one.panel}) {
        for (int i = 0; i < numbers.length; i++) {
          int second = ends[random.nextInt(ends.length)];
          numbers[i] = second << 16 | ends[random.nextInt(ends.length)];
        }
      }
      for (int i = 0; i < one.start.length; i++) {
        one.start[i] = new float[] {0, -0f, 1e-39f, -1e-40f, 1.5e-38f, 1}[random.nextInt(6)];
      }
      one.check();
    }
  }

  private static HostStorage storage(int[] words) {
    HostStorage storage = new HostStorage(4L * words.length);
    for (int i = 0; i < words.length; i++) {
      ALL.set(JAVA_INT_UNALIGNED, storage.address() + 4L * i, words[i]);
    }
    return storage;
  }
}
