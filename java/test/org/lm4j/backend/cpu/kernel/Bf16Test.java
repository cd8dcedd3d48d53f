package org.lm4j.backend.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.tensor.Memory.ALL;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarBf16Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorBf16Kernels;
import org.lm4j.tensor.HostStorage;

/** Rounding to bfloat16, and the pairs of rounded numbers. */
class Bf16Test {
  private static final long SEED = 20261130;
  private static final int UNTOUCHED = 0x1234_5678;

  /** Bits of a float32 and those it becomes, in hexadecimal. */
  @ParameterizedTest
  @CsvSource({
    "3f800000, 3f800000", // 1
    "3f807fff, 3f800000", // just below the middle
    "3f808000, 3f800000", // in the middle: the even one is below
    "3f808001, 3f810000", // just above
    "3f818000, 3f820000", // in the middle: the even one is above
    "bf818000, bf820000",
    "7f7fffff, 7f800000", // the largest float is nearer to infinity
    "7f7f7fff, 7f7f0000", // the largest that stays finite
    "ff7f8000, ff800000",
    "7f800000, 7f800000",
    "ff800000, ff800000",
    "00000000, 00000000",
    "80000000, 80000000",
    "00800000, 00800000", // the least normal number
    "007fffff, 00000000", // denormal
    "807fffff, 80000000",
    "00000001, 00000000"
  })
  void roundsToTheNearestEven(String from, String to) {
    float rounded = Bf16.round(Float.intBitsToFloat(Integer.parseUnsignedInt(from, 16)));
    assertThat(Integer.toHexString(Float.floatToRawIntBits(rounded)))
        .isEqualTo(Integer.toHexString(Integer.parseUnsignedInt(to, 16)));
  }

  @Test
  void aNanStaysOne() {
    for (int bits : new int[] {0x7fc00000, 0x7f800001, 0xff80ffff, 0x7fffffff, 0xffffffff}) {
      float rounded = Bf16.round(Float.intBitsToFloat(bits));
      assertThat(rounded).as("%x", bits).isNaN();
      assertThat(Float.floatToRawIntBits(rounded) & 0xffff).isZero();
    }
  }

  /** Against the distances to both neighbours, computed without rounding. */
  @Test
  void isTheNearestOfAll() {
    Random random = new Random(SEED);
    for (int i = 0; i < 20_000; i++) {
      float x = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(-60, 60)));
      int below = Float.floatToRawIntBits(x) & ~0xffff;
      float near = Float.intBitsToFloat(below); // towards zero
      float far = Float.intBitsToFloat(below + 0x10000);
      BigDecimal exact = new BigDecimal(x);
      int nearer =
          exact
              .subtract(new BigDecimal(near))
              .abs()
              .compareTo(exact.subtract(new BigDecimal(far)).abs());
      boolean even = (below >>> 16 & 1) == 0;
      assertThat(Bf16.round(x)).isEqualTo(nearer < 0 || (nearer == 0 && even) ? near : far);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100})
  void vectorsPairAsPlainLoopsDo(int width) {
    int lanes = Kernels.GATES.lanes();
    Random random = new Random(SEED + width);
    int rows = 3;
    long stride = width + 5L;
    int padded = GateShape.roundUp(width, lanes);
    try (HostStorage source = floats(2L * rows * stride, random)) {
      long low = source.address();
      long high = low + rows * stride * Float.BYTES;
      for (int words : new int[] {width, padded, padded + lanes}) {
        for (long[] sides : new long[][] {{low, high}, {low, 0}, {0, high}, {0, 0}}) {
          int[] expected = pairs(new ScalarBf16Kernels(), rows, width, words, sides, stride);
          for (Bf16Kernels kernels : inVectors()) {
            int[] actual = pairs(kernels, rows, width, words, sides, stride);
            assertThat(actual).as("%d words of %d", width, words).isEqualTo(expected);
            assertThat(actual[words]).isEqualTo(UNTOUCHED);
            assertThat(actual[0] >>> 16 == 0).isEqualTo(sides[1] == 0 || upperIsZero(sides[1]));
          }
        }
      }
    }
  }

  /** Group by group the same as pairs of a vector's columns. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5})
  void groupsAreThePairsOfTheirColumns(int count) {
    int lanes = Kernels.GATES.lanes();
    int rows = 3;
    long stride = (long) count * lanes + 5;
    int groupWords = (rows + 1) * lanes;
    Random random = new Random(SEED + count);
    try (HostStorage source = floats(2L * rows * stride, random)) {
      long low = source.address();
      for (long high : new long[] {low + rows * stride * Float.BYTES, 0}) {
        int[] expected = new int[count * groupWords];
        for (int group = 0; group < count; group++) {
          long far = (long) group * lanes * Float.BYTES;
          long[] sides = {low + far, high == 0 ? 0 : high + far};
          for (int row = 0; row < rows; row++) {
            long[] at = {
              sides[0] + row * stride * Float.BYTES,
              high == 0 ? 0 : sides[1] + row * stride * Float.BYTES
            };
            int[] words = pairs(new ScalarBf16Kernels(), 1, lanes, lanes, at, stride);
            System.arraycopy(words, 0, expected, group * groupWords + row * lanes, lanes);
          }
        }
        for (Bf16Kernels kernels : all()) {
          try (HostStorage target = new HostStorage((long) expected.length * Integer.BYTES)) {
            long bytes = (long) groupWords * Integer.BYTES;
            kernels.groups(count, rows, low, high, stride * Float.BYTES, target.address(), bytes);
            int[] actual = new int[expected.length];
            for (int i = 0; i < actual.length; i++) {
              actual[i] = ALL.get(JAVA_INT_UNALIGNED, target.address() + (long) i * Integer.BYTES);
            }
            assertThat(actual).isEqualTo(expected);
          }
        }
      }
    }
  }

  /** Those of this JVM, and the Vector API's where machine code computes in their place. */
  private static List<Bf16Kernels> inVectors() {
    return Kernels.VECTORISED
        ? List.of(new VectorBf16Kernels(), Kernels.bf16())
        : List.of(Kernels.bf16());
  }

  private static List<Bf16Kernels> all() {
    List<Bf16Kernels> kernels = new ArrayList<>(inVectors());
    kernels.add(new ScalarBf16Kernels());
    return kernels;
  }

  private static boolean upperIsZero(long high) {
    return Float.floatToRawIntBits(Bf16.round(PlainMemory.get(high, 0))) == 0;
  }

  @Test
  void aPairHasBothHalves() {
    int pair = Bf16.pair(1.5f, -3);
    assertThat(Bf16.low(pair)).isEqualTo(1.5f);
    assertThat(Bf16.high(pair)).isEqualTo(-3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 64, 201})
  void aRowTimesAPanelIsThatOfPlainLoops(int pairs) {
    int width = ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();
    int step = 3; // words
    Random random = new Random(SEED + pairs);
    try (HostStorage row = words((long) step * pairs + 1, random);
        HostStorage panel = words((long) width * pairs, random);
        HostStorage other = new HostStorage(3L * width * Float.BYTES)) {
      long start = other.address();
      long own = start + (long) width * Float.BYTES;
      long plain = own + (long) width * Float.BYTES;
      for (int i = 0; i < width; i++) {
        PlainMemory.set(start, i, random.nextGaussian());
      }
      long bytes = (long) step * Integer.BYTES;
      Kernels.bf16().row(pairs, row.address(), bytes, panel.address(), start, own);
      new ScalarBf16Kernels().row(pairs, row.address(), bytes, panel.address(), start, plain);
      for (int column = 0; column < width; column++) {
        double sum = PlainMemory.get(start, column);
        for (int i = 0; i < pairs; i++) {
          int left = PlainMemory.getInt(row.address(), (long) i * step);
          int right = PlainMemory.getInt(panel.address(), (long) i * width + column);
          sum += (double) Bf16.low(left) * Bf16.low(right);
          sum += (double) Bf16.high(left) * Bf16.high(right);
        }
        assertThat(PlainMemory.get(own, column)).isEqualTo(PlainMemory.get(plain, column));
        assertThat((double) PlainMemory.get(plain, column)).isCloseTo(sum, within(1e-4));
      }
    }
  }

  private static HostStorage words(long count, Random random) {
    HostStorage storage = new HostStorage(count * Integer.BYTES);
    for (long i = 0; i < count; i++) {
      int pair = Bf16.pair((float) random.nextGaussian(), (float) random.nextGaussian());
      ALL.set(JAVA_INT_UNALIGNED, storage.address() + i * Integer.BYTES, pair);
    }
    return storage;
  }

  private static int[] pairs(
      Bf16Kernels kernels, int rows, int width, int padded, long[] sides, long stride) {
    int[] words = new int[rows * (padded + 1)];
    try (HostStorage target = new HostStorage((long) words.length * Integer.BYTES)) {
      for (int i = 0; i < words.length; i++) {
        ALL.set(JAVA_INT_UNALIGNED, target.address() + (long) i * Integer.BYTES, UNTOUCHED);
      }
      kernels.pairs(
          rows,
          width,
          padded,
          sides[0],
          sides[1],
          stride * Float.BYTES,
          target.address(),
          (padded + 1L) * Integer.BYTES);
      for (int i = 0; i < words.length; i++) {
        words[i] = PlainMemory.getInt(target.address(), i);
      }
    }
    return words;
  }

  /** Of all magnitudes, and infinities, NaN, denormals and zeros among them. */
  private static HostStorage floats(long size, Random random) {
    int[] special = {0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 1, 0x7f7fffff};
    HostStorage storage = new HostStorage(size * Float.BYTES);
    for (int i = 0; i < size; i++) {
      int bits =
          random.nextInt(4) == 0 ? special[random.nextInt(special.length)] : random.nextInt();
      ALL.set(JAVA_INT_UNALIGNED, storage.address() + (long) i * Integer.BYTES, bits);
    }
    return storage;
  }
}
