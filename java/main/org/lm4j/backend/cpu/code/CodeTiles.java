package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Products of rows with one packed panel, by machine code. A result's bits do not depend on the
 * number of rows or on the width of the panel: each is one chain of additions in the order of the
 * depth.
 */
public final class CodeTiles {
  /** The most vectors of columns in a panel. */
  public static final int MOST_VECTORS = 4;

  /** From the step of a row of bytes to its words. */
  public static final int BYTES_BEFORE = RowCode.BYTES_BEFORE;

  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment[] byVectors = new MemorySegment[MOST_VECTORS + 1];
  private final MemorySegment row;

  /**
   * Tiles, or why there are none.
   *
   * @param tiles null if there are none
   * @param missing the reason, to follow "no machine code: "; empty if there are tiles
   */
  public record Found(@Nullable CodeTiles tiles, String missing) {}

  private CodeTiles(PanelCode.Product product, int vectorBytes) {
    boolean bytes = product == PanelCode.Product.BYTES;
    VectorAssembler m = bytes ? new MathAssembler() : new VectorAssembler(vectorBytes);
    int[] offsets = new int[MOST_VECTORS + 1];
    for (int vectors = 1; vectors <= MOST_VECTORS; vectors++) {
      offsets[vectors] = m.length();
      PanelCode.write(m, product, vectors);
    }
    int rowOffset = m.length();
    if (m instanceof MathAssembler math) {
      RowCode.writeBytes(math);
    } else {
      RowCode.write(m, product);
    }
    CodePage page = CodePage.of(m.code());
    row = page.at(rowOffset);
    for (int vectors = 1; vectors <= MOST_VECTORS; vectors++) {
      byVectors[vectors] = page.at(offsets[vectors]);
    }
  }

  /**
   * Returns tiles of bf16 with sums in float32, vectors of 16 sums.
   *
   * <p>A step of the depth is a pair of bf16, the first in the lower half of 32 bits. The product
   * of the second elements is added first, then that of the first ones, each rounded once with the
   * sum to the nearest float, ties to even; denormal operands count as zero, and denormal results
   * become zero (vdpbf16ps, as measured on AMD's Zen 4 and Zen 5).
   */
  public static Found bf16() {
    return Bf16.FOUND;
  }

  private static final class Bf16 {
    static final Found FOUND =
        find(PanelCode.Product.BF16, 64, Processor::bf16, "avx512_bf16 instructions");
  }

  /**
   * Returns tiles of bytes with sums in int32, vectors of 16 sums, which wrap around: {@code start}
   * and {@code c} are int32, too.
   *
   * <p>A step of the depth is four bytes, without sign in {@code a} and with sign in the panel
   * (vpdpbusd).
   */
  public static Found bytes() {
    return Bytes.FOUND;
  }

  private static final class Bytes {
    static final Found FOUND =
        find(PanelCode.Product.BYTES, 64, Processor::vnni, "avx512_vnni instructions");
  }

  /**
   * Returns tiles of float32: each product is rounded once with its sum, as by {@code Math.fma}.
   *
   * @param lanes floats of a vector of the panels: 16 takes AVX-512, 8 takes AVX2 and FMA
   */
  public static Found float32(int lanes) {
    return switch (lanes) {
      case 16 -> Wide.FOUND;
      case 8 -> Narrow.FOUND;
      default -> new Found(null, "it is written for vectors of 8 or 16 floats, not " + lanes);
    };
  }

  private static final class Wide {
    static final Found FOUND =
        find(PanelCode.Product.FLOAT32, 64, Processor::avx512, "AVX-512 instructions");
  }

  private static final class Narrow {
    static final Found FOUND =
        find(PanelCode.Product.FLOAT32, 32, Processor::avx2, "AVX2 and FMA instructions");
  }

  private static Found find(
      PanelCode.Product product, int vectorBytes, Predicate<Processor> able, String instructions) {
    MachineCode here = MachineCode.here();
    if (here.processor() == null) {
      return new Found(null, here.missing());
    }
    if (!able.test(here.processor())) {
      return new Found(null, "this processor has no " + instructions);
    }
    try {
      return new Found(new CodeTiles(product, vectorBytes), "");
    } catch (NativeException e) {
      return new Found(null, String.valueOf(e.getMessage()));
    }
  }

  /**
   * {@code c = start + a · panel}, or {@code c += start + a · panel}, one panel wide: sums begin
   * with {@code start}, and {@code c} is added to them at the end. Distances are in bytes; the
   * caller has checked that all addresses are valid.
   *
   * @param vectors of columns in the panel, 1 to {@link #MOST_VECTORS}
   * @param rows of {@code a} and {@code c}
   * @param depth steps of the depth, each 32 bits of a row of {@code a}, and a row of the panel
   * @param rowBytes from one row of {@code a} to the next
   * @param stepBytes from one step of {@code a} to the next
   * @param panel {@code (depth, vectors · lanes)}, 32 bits each
   * @param start a row as wide as the panel, of floats, that the sums of each row begin with
   * @param add whether {@code c} is added to, instead of overwritten
   * @param cBytes from one row of {@code c} to the next
   */
  public void panel( // what a product is; a record per tile would be garbage
      int vectors,
      int rows,
      int depth,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      boolean add,
      long c,
      long cBytes) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  byVectors[vectors],
                  (long) rows,
                  (long) depth,
                  a,
                  rowBytes,
                  stepBytes,
                  panel,
                  start,
                  c,
                  cBytes,
                  add ? 1L : 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("panel", t);
    }
  }

  /**
   * The products of one row with panels of {@link #MOST_VECTORS} vectors that lie one after the
   * other, each with the bits of {@link #panel}, whose parameters these are.
   *
   * <p>Of bytes the results are floats, {@code c = start + sum · (step · steps)}, each operation
   * rounded once: the float {@code step} lies {@link #BYTES_BEFORE} before {@code a}, and each
   * panel begins with a row of ints, with which its sums begin, and one of the floats {@code
   * steps}.
   *
   * @param panels at least 1
   * @param depth at least 1
   * @param start a row as wide as a panel for the first one
   * @param startBytes from the row for one panel to that for the next; 0 if it is the same
   * @param c a row of all panels
   */
  public void row( // what a product is
      int panels, int depth, long a, long panel, long start, long startBytes, long c) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  row, (long) panels, (long) depth, a, panel, start, startBytes, c, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("row", t);
    }
  }
}
