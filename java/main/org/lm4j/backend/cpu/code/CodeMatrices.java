package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;

/**
 * Copies, sums and transpositions of pieces of matrices by machine code, in vectors of 16 floats.
 * Distances are in bytes; the caller has checked that all addresses are valid.
 */
public final class CodeMatrices {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment copy;
  private final MemorySegment set;
  private final MemorySegment add;
  private final MemorySegment addRows;
  private final MemorySegment transpose;

  private CodeMatrices() {
    MathAssembler m = new MathAssembler();
    MatrixCode code = new MatrixCode(m);
    code.copy();
    int atSet = m.length();
    code.merge(false);
    int atAdd = m.length();
    code.merge(true);
    int atAddRows = m.length();
    code.addRows();
    int atTranspose = m.length();
    code.transpose();
    CodePage page = CodePage.of(m.code());
    copy = page.at(0);
    set = page.at(atSet);
    add = page.at(atAdd);
    addRows = page.at(atAddRows);
    transpose = page.at(atTranspose);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeMatrices here() {
    return MachineCode.ofAvx512(CodeMatrices::new);
  }

  /**
   * Copies {@code rows} rows of {@code width} floats and fills each with zeros to {@code padded},
   * which are whole vectors.
   *
   * @param vectorBytes from one vector of a copied row to the next
   */
  public void copy( // a source and a target, each an address and distances
      int rows,
      int width,
      int padded,
      long source,
      long sourceBytes,
      long target,
      long rowBytes,
      long vectorBytes) {
    int whole = width / LANES;
    int rest = width % LANES;
    int zeros = padded / LANES - whole - (rest == 0 ? 0 : 1);
    call(copy, rows, whole, zeros, source, sourceBytes, target, rowBytes, vectorBytes, mask(rest));
  }

  /**
   * Computes {@code c = alpha · tile + keep · c} over rows of {@code width} floats; {@code c} is
   * not read where {@code keep} is 0.
   *
   * @param tileBytes from one row of {@code tile} to the next, whole vectors
   */
  public void merge( // one address and one distance a side, and the two factors
      int rows,
      int width,
      long tile,
      long tileBytes,
      float alpha,
      float keep,
      long c,
      long cBytes) {
    call(
        keep == 0 ? set : add,
        rows,
        width / LANES * VECTOR,
        mask(width % LANES),
        tile,
        tileBytes,
        c,
        cBytes,
        Float.floatToRawIntBits(alpha),
        Float.floatToRawIntBits(keep));
  }

  /**
   * Adds rows of {@code width} floats, at most {@link #LANES}, to {@code sums}.
   *
   * @param bytes from one row to the next, at least a vector's
   */
  public void addRows(int rows, int width, long matrix, long bytes, long sums) {
    call(addRows, rows, mask(width), matrix, bytes, sums, 0, 0, 0, 0);
  }

  /**
   * Transposes {@code count} rows, 1 to {@link #LANES}, of so many vectors into so many times
   * {@link #LANES} rows of a vector, whose lanes from {@code count} on become zero.
   */
  public void transpose(
      int vectors, int count, long source, long sourceBytes, long target, long bytes) {
    call(transpose, vectors, count, source, sourceBytes, target, bytes, 0, 0, 0);
  }

  private static long mask(int lanes) {
    return (1L << lanes) - 1;
  }

  private static void call( // as many as the functions have
      MemorySegment code, long a, long b, long c, long d, long e, long f, long g, long h, long i) {
    try {
      long ignored = (long) CALL.invokeExact(code, a, b, c, d, e, f, g, h, i, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("matrices", t);
    }
  }
}
