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
 */
public final class CodeSqueezed {
  /** Steps with a common table. */
  public static final int BLOCK = 4;

  /** Bytes of a step. */
  public static final int STEP_BYTES = 192;

  /** Bytes of a table. */
  public static final int TABLE_BYTES = 16;

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
   * {@code out = start + row · panel}. The caller has checked that all addresses are valid.
   *
   * @param row words of two bf16, one for each step
   * @param blocks the steps of whole blocks, with room for those that are plain
   * @param blockCount whole blocks
   * @param tables one for each block
   * @param gaps 32 bits each: the bytes of blocks before the first plain one, from one plain block
   *     to the next without those of the block itself, and from the last one to the end
   * @param plain the plain blocks, then the steps behind the last block, 256 bytes a step
   * @param start a row of floats as wide as the panel
   * @param rest steps behind the last block
   */
  public void multiply( // the parts of a panel, and a row
      long row,
      long blocks,
      int blockCount,
      long tables,
      long gaps,
      long plain,
      long start,
      long out,
      int rest) {
    long end = blocks + (long) blockCount * BLOCK * STEP_BYTES;
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  code, row, blocks, end, tables, gaps, plain, start, out, (long) rest, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("squeezed", t);
    }
  }
}
