package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.HostStorage;

/**
 * Exponentials of doubles by machine code, in vectors of 8. Unlike vectors that the JIT compiles
 * they are fast from the first number on.
 */
public final class CodeExponentials {
  private static final int LANES = 8;
  private static final int BLOCK = 256; // numbers that are copied at a time
  private static final MethodHandle CALL = CodePage.call();

  /** Of each thread: a vector of {@code max}, one of {@code factor}, and a block. */
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () ->
              Arena.ofAuto().allocate((2L * LANES + BLOCK) * Double.BYTES, HostStorage.ALIGNMENT));

  /**
   * What is computed: with {@code v = max(x, lowest)}, {@code s = v · perPower + rounding}, {@code
   * n = s - rounding} and {@code r = v - n · ln2High - n · ln2Low}, the polynomial of {@code r}
   * with the coefficients {@code taylor}, times the power of two whose exponent is in the lowest
   * bits of {@code s}; zero where {@code x < lowest}. Each product is rounded once with its sum.
   *
   * @param taylor of the lowest power first, at most 18
   */
  public record Numbers(
      double lowest,
      double perPower,
      double rounding,
      double ln2High,
      double ln2Low,
      List<Double> taylor) {
    public Numbers {
      taylor = List.copyOf(taylor);
    }
  }

  private final MemorySegment code;

  private CodeExponentials(Numbers numbers) {
    MathAssembler m = new MathAssembler();
    ExponentialCode.write(m, numbers);
    this.code = CodePage.of(m.code()).at(0);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeExponentials of(Numbers numbers) {
    return MachineCode.ofAvx512(() -> new CodeExponentials(numbers));
  }

  /** Replaces {@code x[i]} by {@code exp((x[i] - max) · factor)} for {@code i} in [from, to). */
  public void replace(double[] x, int from, int to, double max, double factor) {
    MemorySegment scratch = SCRATCH.get();
    for (int lane = 0; lane < LANES; lane++) {
      scratch.setAtIndex(JAVA_DOUBLE, lane, max);
      scratch.setAtIndex(JAVA_DOUBLE, LANES + lane, factor);
    }
    long block = scratch.address() + 2L * LANES * Double.BYTES;
    for (int first = from; first < to; first += BLOCK) {
      int count = Math.min(BLOCK, to - first);
      MemorySegment.copy(x, first, ALL, JAVA_DOUBLE, block, count);
      call((count + LANES - 1L) / LANES * LANES * Double.BYTES, block, scratch.address());
      MemorySegment.copy(ALL, JAVA_DOUBLE, block, x, first, count);
    }
  }

  private void call(long bytes, long x, long maxAndFactor) {
    try {
      long ignored =
          (long) CALL.invokeExact(code, bytes, x, maxAndFactor, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("exponentials", t);
    }
  }
}
