package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Upper bounds of the products of one row with panels of bytes, by machine code: products, what is
 * added to them and the largest bound, in one pass over the panels.
 *
 * <p>A panel is a vector of four times 16 ints with which the sums begin, as many floats {@code s},
 * the length of a step in each column, and words of four bytes, as {@link CodeTiles#bytes} takes
 * them.
 */
public final class CodeBounds {
  /** The distance in bytes from a row's floats to its words. */
  public static final int WORDS = 64;

  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment code;

  private CodeBounds() {
    MathAssembler m = new MathAssembler();
    BoundsCode.write(m);
    this.code = CodePage.of(m.code()).at(0);
  }

  /** Returns the code, or null where {@link CodeTiles#bytes} has none. */
  public static @Nullable CodeBounds here() {
    return Holder.CODE;
  }

  private static final class Holder {
    static final @Nullable CodeBounds CODE = make();

    private static @Nullable CodeBounds make() {
      if (CodeTiles.bytes().tiles() == null) {
        return null;
      }
      try {
        return new CodeBounds();
      } catch (NativeException e) { // the tiles took the last memory
        return null;
      }
    }
  }

  /**
   * Computes {@code v = bias + sum · (s · step) + s · ofStep + magnitude · ofMagnitude}, the two
   * last products each rounded once with the sum before, and {@code max(v · above, v · below) +
   * atLeast}. The caller has checked that all addresses are valid.
   *
   * @param row floats {@code step}, {@code ofStep}, {@code ofMagnitude}, {@code atLeast}, {@code
   *     above}, {@code below}; at {@link #WORDS} its words
   * @param words of the row, at least 1
   * @param panel address of the first panel
   * @param end address behind the last one
   * @param bias of the first panel, as {@code magnitudes} and {@code out}
   * @param largest 16 floats, each of which becomes the largest of itself and of those of its lane
   *     in {@code out}; a NaN counts nothing
   */
  public void bounds( // a row, panels, and what belongs to them
      long row,
      int words,
      long panel,
      long end,
      long bias,
      long magnitudes,
      long out,
      long largest) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  code, row, (long) words, panel, end, bias, magnitudes, out, largest, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("bounds", t);
    }
  }
}
