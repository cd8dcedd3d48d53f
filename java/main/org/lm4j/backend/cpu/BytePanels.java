package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.code.CodeTiles;
import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;

/**
 * Weights and row rounded to {@link Int8}: {@code out = start + s · S · Σ q · Q}, where {@code s}
 * is the row's step, {@code S} that of a row of the weights, and {@code q} and {@code Q} are whole
 * numbers from -127 to 127, whose sum is exact. So plain loops, the Vector API and machine code
 * give the same bits.
 *
 * <p>A panel begins with a row of ints, {@code -128 · Σ Q} of each column, with which machine code
 * starts, since it multiplies {@code q + 128}; then comes a row of the steps {@code S}; then the
 * words of {@link Int8Kernels}. A converted row is its step and, at {@link #WORDS}, its words.
 */
final class BytePanels implements RowPanels {
  private static final int WORDS = CodeTiles.BYTES_BEFORE;
  private static final int CODE_LANES = 16;

  private final @Nullable CodeTiles tiles; // null to emulate them
  private final String missing;

  private BytePanels(@Nullable CodeTiles tiles, String missing) {
    this.tiles = tiles;
    this.missing = missing;
  }

  /** Returns products by the processor's instruction where it can be used, else emulated. */
  static BytePanels fastest() {
    CodeTiles.Found found = CodeTiles.bytes();
    if (found.tiles() != null && Kernels.GATES.lanes() != CODE_LANES) {
      return new BytePanels(null, "Java computes in vectors of other than 16 floats");
    }
    return new BytePanels(found.tiles(), found.missing());
  }

  /** Returns products by Java kernels, which have the same bits. */
  static BytePanels emulated() {
    return new BytePanels(null, "it is not asked for");
  }

  /** Returns the reason why products are emulated, to follow "since"; empty if they are not. */
  String missing() {
    return missing;
  }

  @Override
  public String description() {
    return tiles == null ? "int8 products, emulated" : "int8 products (vpdpbusd)";
  }

  @Override
  public boolean compact() {
    return true;
  }

  @Override
  public boolean bounded() {
    return false;
  }

  private static long headerBytes() {
    return 2L * RowPanels.width() * Float.BYTES;
  }

  @Override
  public long panelBytes(int depth) {
    return headerBytes() + (long) Int8.words(depth) * RowPanels.width() * Integer.BYTES;
  }

  @Override
  public void pack(long weight, int depth, int columns, IntUnaryOperator rowOf, long target) {
    if (depth > Int8.MOST_DEPTH) {
      throw InputException.naming(
          "{precision} int8 adds up at most %,d products: use bf16 for layers of %,d units."
              .formatted(Int8.MOST_DEPTH, depth));
    }
    HeapPanels panels = new HeapPanels(depth, 2 + Int8.words(depth), RowPanels.width());
    panels.pack(weight, columns, rowOf, BytePanels::write, target);
  }

  private static void write(float[] row, int column, int[] panel) {
    int width = RowPanels.width();
    int words = Int8.words(row.length);
    float most = 0;
    for (float w : row) {
      most = Math.max(most, Math.abs(w));
    }
    float stepsOfOne = Int8.stepsOfOne(most);
    int sum = 0;
    for (int i = 0; i < row.length; i++) {
      int steps = Int8.round(row[i], stepsOfOne);
      sum += steps;
      panel[(2 + i % words) * width + column] |= (steps & 0xff) << (i / words * Byte.SIZE);
    }
    panel[column] = -Int8.OFFSET * sum;
    panel[width + column] = Float.floatToRawIntBits(Int8.step(most));
  }

  @Override
  public long rowBytes(int depth) {
    return WORDS + (long) Int8.words(depth) * Integer.BYTES;
  }

  @Override
  public long row(int depth, long x, long buffer) {
    float step = Kernels.int8().round(depth, x, buffer + WORDS);
    ALL.set(JAVA_FLOAT_UNALIGNED, buffer, step);
    return buffer;
  }

  @Override
  public void multiply(
      int panels, int depth, long row, long panel, long start, long startBytes, long out) {
    int words = Int8.words(depth);
    if (tiles != null) {
      tiles.row(panels, words, row + WORDS, panel, start, startBytes, out);
      return;
    }
    int width = RowPanels.width();
    float step = ALL.get(JAVA_FLOAT_UNALIGNED, row);
    for (int p = 0; p < panels; p++) {
      long from = panel + p * panelBytes(depth);
      long to = out + (long) p * width * Float.BYTES;
      Kernels.int8().row(words, row + WORDS, from + headerBytes(), to);
      long steps = from + (long) width * Float.BYTES;
      Kernels.int8().scale(width, to, step, steps, start + p * startBytes, to);
    }
  }
}
