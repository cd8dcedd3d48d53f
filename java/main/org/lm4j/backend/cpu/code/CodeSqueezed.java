package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Products of one row with panels of bf16 in 12 bits each, by machine code, with the bits of {@link
 * CodeTiles#bf16}.
 *
 * <p>The lower byte of a number is stored as it is. Upper bytes, which have the sign and most of
 * the exponent, have few different values: a table holds up to 16 of them for each {@link #BLOCK}
 * steps, and four bits of each number are its place there. A block with more values stays plain.
 *
 * <p>A step is four vectors, 0 to 3, of 32 numbers. It becomes the lower bytes of vectors 0 and 1,
 * those of vectors 2 and 3, and the places: those of vectors 0 and 1 in the lower halves of bytes.
 * Each 16 bytes are 8 numbers of the first vector, then 8 of the second.
 *
 * <p>A panel begins with 32 bits each that say where its parts are, in bytes from its beginning,
 * and how many steps lie behind the last block.
 */
public final class CodeSqueezed {
  /** Steps with a common table. */
  public static final int BLOCK = 4;

  /** Bytes of a step. */
  public static final int STEP_BYTES = 192;

  /** Bytes of a table. */
  public static final int TABLE_BYTES = 16;

  /** Place of the steps of whole blocks, with room for those that are plain. */
  public static final int BLOCKS = 0;

  /** Place of the end of these. */
  public static final int BLOCKS_END = 4;

  /** Place of the tables, one for each block. */
  public static final int TABLES = 8;

  /**
   * Place of the gaps, 32 bits each: the bytes of blocks before the first plain one, from one plain
   * block to the next without those of the block itself, and from the last one to the end.
   */
  public static final int GAPS = 12;

  /** Place of the plain blocks, then of the steps behind the last block, 256 bytes a step. */
  public static final int PLAIN = 16;

  /** The number of steps behind the last block. */
  public static final int REST = 20;

  /** Bytes of the numbers with which a panel begins. */
  public static final int HEADER_BYTES = 24;

  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment code;

  private CodeSqueezed() {
    MathAssembler m = new MathAssembler();
    SqueezedCode.write(m);
    this.code = CodePage.of(m.code()).at(0);
  }

  /** Returns the code, or null where {@link CodeTiles#bf16} has none. */
  public static @Nullable CodeSqueezed here() {
    return Holder.CODE;
  }

  private static final class Holder {
    static final @Nullable CodeSqueezed CODE = make();

    private static @Nullable CodeSqueezed make() {
      if (CodeTiles.bf16().tiles() == null) {
        return null;
      }
      try {
        return new CodeSqueezed();
      } catch (NativeException e) { // the tiles took the last memory
        return null;
      }
    }
  }

  /**
   * {@code out = start + row · panels}. The caller has checked that all addresses are valid.
   *
   * @param panels at least 1, one after the other
   * @param row words of two bf16, one for each step
   * @param panelBytes from one panel to the next
   * @param start a row of floats as wide as a panel for the first one
   * @param startBytes from the row for one panel to that for the next; 0 if it is the same
   */
  public void multiply( // a vector, panels, and two more vectors
      int panels, long row, long panel, long panelBytes, long start, long startBytes, long out) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  code, (long) panels, row, panel, panelBytes, start, startBytes, out, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("squeezed", t);
    }
  }
}
