package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.lm4j.backend.cpu.code.CodeSqueezed;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.Panels;

/**
 * Weights in bfloat16 that can be squeezed into 12 bits each once they are packed, see {@link
 * CodeSqueezed}, without any loss: products have the same bits before and after. A row times large
 * weights takes as long as reading them.
 *
 * <p>Behind the numbers by which machine code finds the parts of a panel come tables, gaps, blocks,
 * and plain steps, each from a multiple of {@link #LINE}. Before a panel is squeezed all of its
 * steps are plain; one that would not fit into its memory otherwise stays so.
 */
final class SqueezedPanels implements RowPanels {
  private static final int LINE = 64;
  private static final Layout UNSQUEEZED = new Layout(0, 0); // without blocks
  private static final int STEP = 256; // bytes, plain
  private static final int STEP_WORDS = STEP / Integer.BYTES;
  private static final int VECTOR_WORDS = LINE / Integer.BYTES;
  private static final int BLOCK_BYTES = CodeSqueezed.BLOCK * CodeSqueezed.STEP_BYTES;

  private final RowPanels plain;
  private final Panels numbers;
  private final CodeSqueezed code;

  private SqueezedPanels(Panels numbers, CodeSqueezed code) {
    this.plain = RowPanels.of(numbers);
    this.numbers = numbers;
    this.code = code;
  }

  /** Returns the numbers of a decoder, which can be squeezed if they are bf16 by machine code. */
  static RowPanels of(Panels numbers) {
    CodeSqueezed code = CodeSqueezed.here();
    return numbers instanceof Bf16Panels bf16 && bf16.missing().isEmpty() && code != null
        ? new SqueezedPanels(numbers, code)
        : RowPanels.of(numbers);
  }

  @Override
  public String description() {
    return plain.description();
  }

  @Override
  public boolean compact() {
    return true;
  }

  @Override
  public long panelBytes(int depth) {
    return UNSQUEEZED.plain() + plain.panelBytes(depth);
  }

  @Override
  public void pack(long weight, int depth, int columns, IntUnaryOperator rowOf, long target) {
    int width = RowPanels.width();
    for (int from = 0; from < columns; from += width) {
      int first = from;
      long panel = target + from / width * panelBytes(depth);
      long steps = panel + UNSQUEEZED.plain();
      plain.pack(weight, depth, width, i -> rowOf.applyAsInt(first + i), steps);
      UNSQUEEZED.write(panel, numbers.steps(depth));
      write(panel, (int) UNSQUEEZED.gaps(), 0);
    }
  }

  @Override
  public long rowBytes(int depth) {
    return plain.rowBytes(depth);
  }

  @Override
  public long row(int depth, long x, long buffer) {
    return plain.row(depth, x, buffer);
  }

  @Override
  public void multiply(
      int panels, int depth, long row, long panel, long start, long startBytes, long out) {
    code.multiply(panels, row, panel, panelBytes(depth), start, startBytes, out);
  }

  private static void write(long panel, int place, long number) {
    ALL.set(JAVA_INT_UNALIGNED, panel + place, Math.toIntExact(number));
  }

  /**
   * Where the parts of a squeezed panel are, in bytes from its beginning.
   *
   * @param count blocks, with the plain ones
   * @param plainCount plain blocks
   */
  private record Layout(int count, int plainCount) {
    long tables() {
      return lines(CodeSqueezed.HEADER_BYTES);
    }

    long gaps() {
      return lines(tables() + (long) count * CodeSqueezed.TABLE_BYTES);
    }

    long blocks() {
      return lines(gaps() + (plainCount + 1L) * Integer.BYTES);
    }

    long blocksEnd() {
      return blocks() + (long) count * BLOCK_BYTES;
    }

    long plain() {
      return blocksEnd();
    }

    long end(int rest) {
      return plain() + ((long) plainCount * CodeSqueezed.BLOCK + rest) * STEP;
    }

    void write(long panel, int rest) {
      SqueezedPanels.write(panel, CodeSqueezed.BLOCKS, blocks());
      SqueezedPanels.write(panel, CodeSqueezed.BLOCKS_END, blocksEnd());
      SqueezedPanels.write(panel, CodeSqueezed.TABLES, tables());
      SqueezedPanels.write(panel, CodeSqueezed.GAPS, gaps());
      SqueezedPanels.write(panel, CodeSqueezed.PLAIN, plain());
      SqueezedPanels.write(panel, CodeSqueezed.REST, rest);
    }

    private static long lines(long bytes) {
      return (bytes + LINE - 1) / LINE * LINE;
    }
  }

  @Override
  public boolean squeeze(int depth, long panel) {
    int steps = numbers.steps(depth);
    int blocks = steps / CodeSqueezed.BLOCK;
    if (blocks == 0) {
      return false;
    }
    int[] words = new int[steps * STEP_WORDS];
    MemorySegment.copy(ALL, JAVA_INT, panel + UNSQUEEZED.plain(), words, 0, words.length);
    Squeezed squeezed = new Squeezed(words, blocks);
    Layout at = new Layout(blocks, squeezed.plainCount);
    int rest = steps - blocks * CodeSqueezed.BLOCK;
    if (at.end(rest) > panelBytes(depth)) {
      return false;
    }
    at.write(panel, rest);
    bytes(squeezed.tables, panel + at.tables());
    bytes(squeezed.blocks, panel + at.blocks());
    int gaps = squeezed.plainCount + 1;
    MemorySegment.copy(squeezed.gaps, 0, ALL, JAVA_INT, panel + at.gaps(), gaps);
    long target = panel + at.plain();
    int blockWords = CodeSqueezed.BLOCK * STEP_WORDS;
    for (int block = 0; block < blocks; block++) {
      if (squeezed.isPlain[block]) {
        MemorySegment.copy(words, block * blockWords, ALL, JAVA_INT, target, blockWords);
        target += (long) blockWords * Integer.BYTES;
      }
    }
    MemorySegment.copy(words, blocks * blockWords, ALL, JAVA_INT, target, rest * STEP_WORDS);
    return true;
  }

  private static void bytes(byte[] from, long to) {
    MemorySegment.copy(from, 0, ALL, JAVA_BYTE, to, from.length);
  }

  /** The parts of a squeezed panel. */
  private static final class Squeezed {
    final byte[] tables;
    final byte[] blocks;
    final int[] gaps;
    final boolean[] isPlain;
    int plainCount;

    private final int[] words;
    private final int[] placeOf = new int[1 << Byte.SIZE]; // of an upper byte in the table, or -1
    private int places;

    Squeezed(int[] words, int count) {
      this.words = words;
      this.tables = new byte[count * CodeSqueezed.TABLE_BYTES];
      this.blocks = new byte[count * BLOCK_BYTES];
      this.gaps = new int[count + 1];
      this.isPlain = new boolean[count];
      int gap = 0;
      for (int block = 0; block < count; block++) {
        isPlain[block] = !tabulate(block);
        if (isPlain[block]) {
          gaps[plainCount++] = gap;
          gap = 0;
        } else {
          squeeze(block);
          gap += BLOCK_BYTES;
        }
      }
      gaps[plainCount] = gap;
    }

    /** Writes the table of a block; returns whether there is room for all of its values. */
    private boolean tabulate(int block) {
      Arrays.fill(placeOf, -1);
      places = 0;
      int from = block * CodeSqueezed.BLOCK * STEP_WORDS;
      for (int i = from; i < from + CodeSqueezed.BLOCK * STEP_WORDS; i++) {
        if (!hasPlace(words[i] >>> 24, block) || !hasPlace(words[i] >>> 8 & 0xff, block)) {
          return false;
        }
      }
      return true;
    }

    private boolean hasPlace(int upper, int block) {
      if (placeOf[upper] < 0) {
        if (places == CodeSqueezed.TABLE_BYTES) {
          return false;
        }
        tables[block * CodeSqueezed.TABLE_BYTES + places] = (byte) upper;
        placeOf[upper] = places++;
      }
      return true;
    }

    private void squeeze(int block) {
      for (int step = 0; step < CodeSqueezed.BLOCK; step++) {
        int source = (block * CodeSqueezed.BLOCK + step) * STEP_WORDS;
        int target = block * BLOCK_BYTES + step * CodeSqueezed.STEP_BYTES;
        for (int i = 0; i < STEP_WORDS; i++) {
          int vector = i / VECTOR_WORDS;
          int lane = i % VECTOR_WORDS;
          int at = lane / 4 * 16 + vector % 2 * 8 + lane % 4 * 2; // 8 numbers are 4 words
          int half = vector / 2; // of a byte of places
          put(target, half, at, words[source + i] & 0xffff);
          put(target, half, at + 1, words[source + i] >>> 16);
        }
      }
    }

    private void put(int target, int half, int at, int number) {
      blocks[target + half * LINE + at] = (byte) number;
      blocks[target + 2 * LINE + at] |= (byte) (placeOf[number >> 8] << (4 * half));
    }
  }
}
