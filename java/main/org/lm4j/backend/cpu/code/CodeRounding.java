package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.HostStorage;

/**
 * Rounding of rows to steps of a byte, and scaling of sums of their products, by machine code in
 * vectors of 16. The caller has checked that all addresses are valid.
 */
public final class CodeRounding {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final int MAGNITUDE = 0x7fff_ffff;
  private static final int LOWEST_BYTE = 0xff;
  private static final MethodHandle CALL = CodePage.call();

  /** Of each thread: a number that a function finds. */
  private static final ThreadLocal<MemorySegment> FOUND =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Float.BYTES, HostStorage.ALIGNMENT));

  private final MemorySegment most;
  private final MemorySegment words;
  private final MemorySegment scale;

  private CodeRounding() {
    MathAssembler m = new MathAssembler();
    RoundingCode code = new RoundingCode(m);
    code.most();
    int atWords = m.length();
    code.words();
    int atScale = m.length();
    code.scale();
    CodePage page = CodePage.of(m.code());
    most = page.at(0);
    words = page.at(atWords);
    scale = page.at(atScale);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeRounding here() {
    return MachineCode.ofAvx512(CodeRounding::new);
  }

  /** Returns the largest magnitude of {@code n} floats, a NaN if one of them is. */
  public float most(int n, long x) {
    long found = FOUND.get().address();
    long rest = (1L << (n % LANES)) - 1;
    call(most, n / LANES * VECTOR, rest, x, found, 0, 0, MAGNITUDE, 0, 0, 0);
    return ALL.get(JAVA_FLOAT_UNALIGNED, found);
  }

  /**
   * Writes words of four bytes, whose elements are as far apart in {@code x} as a row has words.
   *
   * @param vectors how many vectors of words to write
   * @param count words of the row
   * @param whole a float that rounds a sum with it to a whole number
   * @param offset what is added to the bits of the sum for the byte, its lowest
   */
  public void words(
      int vectors, int count, long x, float stepsOfOne, float whole, int offset, long to) {
    long quarter = (long) count * Float.BYTES;
    long bits = Float.floatToRawIntBits(stepsOfOne);
    long rounder = Float.floatToRawIntBits(whole);
    call(words, vectors * VECTOR, 0, x, to, quarter, 0, bits, rounder, offset, LOWEST_BYTE);
  }

  /** Computes {@code out = start + sums · (step · steps)} over some vectors, sums of ints. */
  public void scale(int vectors, long sums, float step, long steps, long start, long out) {
    long bits = Float.floatToRawIntBits(step);
    call(scale, vectors * VECTOR, 0, sums, steps, start, out, bits, 0, 0, 0);
  }

  private static void call( // as many as the functions have
      MemorySegment code,
      long bytes,
      long rest,
      long x,
      long y,
      long z,
      long u,
      long a,
      long b,
      long c,
      long d) {
    try {
      long ignored = (long) CALL.invokeExact(code, bytes, rest, x, y, z, u, a, b, c, d);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("rounding", t);
    }
  }
}
