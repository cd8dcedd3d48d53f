package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Rounding of float32 to bf16 by machine code (vcvtne2ps2bf16): to the nearest, ties to even,
 * denormal numbers to zero; a NaN stays one.
 */
public final class CodePairs {
  /** Words of a vector. */
  public static final int LANES = 16;

  private static final MethodHandle CALL = CodePage.call();
  private static final int ALL = (1 << LANES) - 1;

  private final MemorySegment code;

  private CodePairs() {
    VectorAssembler m = new VectorAssembler(LANES * Integer.BYTES);
    PairsCode.write(m);
    this.code = CodePage.of(m.code()).at(0);
  }

  /** Returns the conversion, or null where {@link CodeTiles#bf16} has none, for the same reason. */
  public static @Nullable CodePairs here() {
    if (CodeTiles.bf16().tiles() == null) {
      return null;
    }
    try {
      return new CodePairs();
    } catch (NativeException e) { // the tiles took the last memory
      return null;
    }
  }

  /**
   * Writes {@code rows} rows of words: element {@code i} of a row of {@code low} is the lower half
   * of word {@code i}, that of {@code high} the upper half. Distances are in bytes; the caller has
   * checked that all addresses are valid.
   *
   * @param width words that are made of numbers
   * @param padded words of a row: those from {@code width} on become zero; {@code width}, or whole
   *     vectors
   * @param low the first row of the lower halves; 0 for zeros
   * @param high the first row of the upper halves; 0 for zeros
   * @param sourceBytes from one row to the next of either
   * @param rowBytes from one row of words to the next
   * @param vectorBytes from one vector of a row of words to the next
   */
  public void pairs( // two sources and a target, each an address and distances
      int rows,
      int width,
      int padded,
      long low,
      long high,
      long sourceBytes,
      long target,
      long rowBytes,
      long vectorBytes) {
    int rest = width % LANES;
    int whole = width / LANES;
    int read = (1 << rest) - 1;
    int behind = padded - whole * LANES; // words from the last vector on
    int written = rest == 0 ? 0 : behind < LANES ? read : ALL;
    int zeros = Math.max(0, behind / LANES - (rest == 0 ? 0 : 1));
    long masks =
        (low == 0 ? 0 : ALL)
            | (high == 0 ? 0 : (long) ALL << LANES)
            | ((long) read << (2 * LANES))
            | ((long) written << (3 * LANES));
    long lower = low != 0 ? low : high != 0 ? high : target; // what is not read is a valid address
    long upper = high != 0 ? high : lower;
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  code,
                  (long) rows,
                  (long) whole,
                  (long) zeros,
                  lower,
                  upper,
                  sourceBytes,
                  target,
                  rowBytes,
                  vectorBytes,
                  masks);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("pairs", t);
    }
  }
}
