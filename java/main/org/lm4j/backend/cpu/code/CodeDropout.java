package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.HostStorage;

/** Dropout by machine code, in vectors of 16 floats. */
public final class CodeDropout {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final int SCRATCH_LONGS = 4;
  private static final MethodHandle CALL = CodePage.call();

  /** Of each thread: the counter of the first block, and the key. */
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate(SCRATCH_LONGS * (long) Long.BYTES, HostStorage.ALIGNMENT));

  private final MemorySegment code;

  private CodeDropout() {
    MathAssembler m = new MathAssembler();
    DropoutCode dropout = new DropoutCode(m);
    dropout.write();
    dropout.writeNumbers();
    code = CodePage.of(m.code()).at(0);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeDropout here() {
    return MachineCode.ofAvx512(CodeDropout::new);
  }

  /** The two longs of the counter of a block, and the seed of its key. */
  public record First(long low, long high, long seed) {}

  /**
   * Computes {@code y = mask ⊙ x · scale}. The caller has checked that all addresses are valid.
   *
   * @param first what the first four elements draw by
   * @param least the least draw that keeps its element, without a sign
   */
  public void drop(long n, First first, long x, long y, int least, float scale) {
    long numbers = SCRATCH.get().address();
    long lowHalf = 0xffffffffL;
    set(numbers, 0, first.low());
    set(numbers, 1, first.high());
    set(numbers, 2, first.seed() & lowHalf);
    set(numbers, 3, first.seed() >>> 32);
    long bytes = n / LANES * VECTOR;
    long rest = (1L << (n % LANES)) - 1;
    long bits = Float.floatToRawIntBits(scale);
    try {
      long ignored =
          (long) CALL.invokeExact(code, bytes, rest, x, y, numbers, 0L, (long) least, bits, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("dropout", t);
    }
  }

  private static void set(long numbers, int place, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, numbers + (long) place * Long.BYTES, value);
  }
}
