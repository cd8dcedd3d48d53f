package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.ElementCode.AdamNumber;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.HostStorage;

/**
 * Functions of arrays of {@code n} floats by machine code, in vectors of 16. The caller has checked
 * that all addresses are valid.
 */
public final class CodeElements {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final long GROUP = 4 * VECTOR;
  private static final MethodHandle CALL = CodePage.call();

  /** Of each thread: a vector of results and a number behind it, or the numbers of a step. */
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(2 * VECTOR, HostStorage.ALIGNMENT));

  private final MemorySegment axpy;
  private final MemorySegment scale;
  private final MemorySegment fill;
  private final MemorySegment tanh;
  private final MemorySegment sum;
  private final MemorySegment squares;
  private final MemorySegment exponentials;
  private final MemorySegment sgd;
  private final MemorySegment adam;

  private CodeElements() {
    MathAssembler m = new MathAssembler();
    FunctionCode functions = new FunctionCode(m);
    ElementCode code = new ElementCode(m, functions);
    Runnable[] writers = {
      code::axpy,
      code::scale,
      code::fill,
      code::tanh,
      () -> code.sum(false),
      () -> code.sum(true),
      code::exponentials,
      code::sgd,
      code::adam
    };
    int[] offsets = new int[writers.length];
    for (int i = 0; i < writers.length; i++) {
      offsets[i] = m.length();
      writers[i].run();
    }
    functions.end();
    CodePage page = CodePage.of(m.code());
    int next = 0;
    axpy = page.at(offsets[next++]);
    scale = page.at(offsets[next++]);
    fill = page.at(offsets[next++]);
    tanh = page.at(offsets[next++]);
    sum = page.at(offsets[next++]);
    squares = page.at(offsets[next++]);
    exponentials = page.at(offsets[next++]);
    sgd = page.at(offsets[next++]);
    adam = page.at(offsets[next]);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeElements here() {
    return Here.CODE;
  }

  private static final class Here {
    static final @Nullable CodeElements CODE = find();

    private static @Nullable CodeElements find() {
      Processor processor = MachineCode.here().processor();
      if (processor == null || !processor.avx512()) {
        return null;
      }
      try {
        return new CodeElements();
      } catch (NativeException e) { // other code took the last memory
        return null;
      }
    }
  }

  /** Computes {@code y += alpha · x}. */
  public void axpy(long n, float alpha, long x, long y) {
    call(axpy, n, x, y, bits(alpha), 0, 0);
  }

  /** Computes {@code x = alpha · x}. */
  public void scale(long n, float alpha, long x) {
    call(scale, n, x, 0, bits(alpha), 0, 0);
  }

  /** Sets every element. */
  public void fill(long n, float value, long x) {
    call(fill, n, x, 0, bits(value), 0, 0);
  }

  /** Computes {@code y = tanh x}. */
  public void tanh(long n, long x, long y) {
    call(tanh, n, x, y, 0, 0, 0);
  }

  /** Returns the sum, accumulated in double precision. */
  public double sum(long n, long x) {
    long lanes = SCRATCH.get().address();
    call(sum, n, x, lanes, 0, 0, 0);
    return sumOf(lanes);
  }

  /** Returns the sum of squares, accumulated in double precision. */
  public double sumOfSquares(long n, long x) {
    long lanes = SCRATCH.get().address();
    call(squares, n, x, lanes, 0, 0, 0);
    return sumOf(lanes);
  }

  /**
   * Replaces the elements of a row by the exponentials of what they are above the row's maximum.
   *
   * @param n at least {@link #LANES}
   * @return an address at which {@link #sumOf} and {@link #maximumOf} find their sum and the
   *     maximum, until this thread's next call
   */
  public long exponentials(long n, long row) {
    long result = SCRATCH.get().address();
    long groups = n * Float.BYTES / GROUP * GROUP;
    long last = row + (n - LANES) * Float.BYTES;
    call(exponentials, whole(n), rest(n), row, result, groups, last, 0, 0, 0);
    return result;
  }

  /** Returns the sum that a call left behind: of the lanes, from the first to the last. */
  public static double sumOf(long result) {
    double sum = 0;
    for (long at = result; at < result + VECTOR; at += Double.BYTES) {
      sum += ALL.get(JAVA_DOUBLE_UNALIGNED, at);
    }
    return sum;
  }

  /** Returns the maximum that {@link #exponentials} left behind. */
  public static float maximumOf(long result) {
    return ALL.get(JAVA_FLOAT_UNALIGNED, result + VECTOR);
  }

  /** Computes {@code w -= rate (scale · g + decay · w)}, and zeroes {@code g}. */
  public void sgd(long n, float decay, float scale, float rate, long w, long g) {
    call(sgd, n, w, g, bits(decay), bits(scale), bits(-rate));
  }

  /** The numbers of a step of Adam, as {@code kernel.UpdateStep} has them. */
  public record Adam(
      float decay,
      float scale,
      float beta1,
      float fresh,
      float beta2,
      float fresh2,
      float rootCorrection,
      float epsilon,
      float keep,
      float rate) {}

  /** Makes a step of Adam with moments {@code m} and {@code v}, and zeroes {@code g}. */
  public void adam(Adam by, long n, long w, long g, long m, long v) {
    long numbers = SCRATCH.get().address();
    set(numbers, AdamNumber.DECAY, by.decay());
    set(numbers, AdamNumber.SCALE, by.scale());
    set(numbers, AdamNumber.BETA_1, by.beta1());
    set(numbers, AdamNumber.FRESH, by.fresh());
    set(numbers, AdamNumber.BETA_2, by.beta2());
    set(numbers, AdamNumber.FRESH_2, by.fresh2());
    set(numbers, AdamNumber.ROOT, by.rootCorrection());
    set(numbers, AdamNumber.EPSILON, by.epsilon());
    set(numbers, AdamNumber.KEEP, by.keep());
    set(numbers, AdamNumber.RATE, -by.rate());
    call(adam, whole(n), rest(n), w, g, m, v, numbers, 0, 0);
  }

  private static void set(long numbers, AdamNumber which, float value) {
    ALL.set(JAVA_FLOAT_UNALIGNED, numbers + which.offset(), value);
  }

  private static long whole(long n) {
    return n / LANES * VECTOR;
  }

  private static long rest(long n) {
    return (1L << (n % LANES)) - 1;
  }

  private static long bits(float number) {
    return Float.floatToRawIntBits(number);
  }

  private static void call(MemorySegment code, long n, long x, long y, long a, long b, long c) {
    call(code, whole(n), rest(n), x, y, 0, 0, a, b, c);
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
      long c) {
    try {
      long ignored = (long) CALL.invokeExact(code, bytes, rest, x, y, z, u, a, b, c, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("elements", t);
    }
  }
}
