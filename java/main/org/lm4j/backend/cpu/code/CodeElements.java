package org.lm4j.backend.cpu.code;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
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

  /** Of each thread: a vector of results, a number, and a vector of more results. */
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(3 * VECTOR, HostStorage.ALIGNMENT));

  /** The functions there are. */
  private enum Function {
    AXPY(0, ElementCode::axpy),
    SCALE(1, ElementCode::scale),
    MULTIPLY(2, ElementCode::multiply),
    FILL(3, ElementCode::fill),
    TANH(4, ElementCode::tanh),
    SIGMOID(5, ElementCode::sigmoid),
    RELU(6, ElementCode::relu),
    TANH_BACKWARD(7, ElementCode::tanhBackward),
    SIGMOID_BACKWARD(8, ElementCode::sigmoidBackward),
    RELU_BACKWARD(9, ElementCode::reluBackward),
    CLAMP(10, ElementCode::clamp),
    SUM(11, code -> code.sum(false)),
    SQUARES(12, code -> code.sum(true)),
    EXPONENTIALS(13, ElementCode::exponentials),
    SUMS_OF_EXPONENTIALS(14, ElementCode::sumsOfExponentials);

    private final int number;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final Consumer<ElementCode> writer;

    Function(int number, Consumer<ElementCode> writer) {
      this.number = number;
      this.writer = writer;
    }
  }

  private final MemorySegment[] functions = new MemorySegment[Function.values().length];

  private CodeElements() {
    MathAssembler m = new MathAssembler();
    FunctionCode numbers = new FunctionCode(m);
    ElementCode code = new ElementCode(m, numbers);
    int[] offsets = new int[functions.length];
    for (Function function : Function.values()) {
      offsets[function.number] = m.length();
      function.writer.accept(code);
    }
    numbers.end();
    CodePage page = CodePage.of(m.code());
    for (int i = 0; i < functions.length; i++) {
      functions[i] = page.at(offsets[i]);
    }
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeElements here() {
    return Here.CODE;
  }

  private static final class Here {
    static final @Nullable CodeElements CODE = MachineCode.ofAvx512(CodeElements::new);
  }

  /** Computes {@code y += alpha · x}. */
  public void axpy(long n, float alpha, long x, long y) {
    call(Function.AXPY, n, x, y, 0, bits(alpha), 0);
  }

  /** Computes {@code x = alpha · x}. */
  public void scale(long n, float alpha, long x) {
    call(Function.SCALE, n, x, 0, 0, bits(alpha), 0);
  }

  /** Computes {@code z = x ⊙ y}. */
  public void multiply(long n, long x, long y, long z) {
    call(Function.MULTIPLY, n, x, y, z, 0, 0);
  }

  /** Sets every element. */
  public void fill(long n, float value, long x) {
    call(Function.FILL, n, x, 0, 0, bits(value), 0);
  }

  /** Computes {@code y = tanh x}. */
  public void tanh(long n, long x, long y) {
    call(Function.TANH, n, x, y, 0, 0, 0);
  }

  /** Computes {@code y = 1 / (1 + exp(-x))}. */
  public void sigmoid(long n, long x, long y) {
    call(Function.SIGMOID, n, x, y, 0, 0, 0);
  }

  /** Computes {@code y = max(0, x)}; NaN stays NaN. */
  public void relu(long n, long x, long y) {
    call(Function.RELU, n, x, y, 0, 0, 0);
  }

  /** Computes {@code dx = dy · (1 - y²)}. */
  public void tanhBackward(long n, long y, long dy, long dx) {
    call(Function.TANH_BACKWARD, n, y, dy, dx, bits(1), 0);
  }

  /** Computes {@code dx = dy · y (1 - y)}. */
  public void sigmoidBackward(long n, long y, long dy, long dx) {
    call(Function.SIGMOID_BACKWARD, n, y, dy, dx, 0, 0);
  }

  /** Computes {@code dx = dy} where {@code y > 0}, else 0. */
  public void reluBackward(long n, long y, long dy, long dx) {
    call(Function.RELU_BACKWARD, n, y, dy, dx, 0, 0);
  }

  /** Computes {@code x = min(max(x, -limit), limit)}; NaN stays NaN. */
  public void clamp(long n, float limit, long x) {
    call(Function.CLAMP, n, x, 0, 0, bits(-limit), bits(limit));
  }

  /** Returns the sum, accumulated in double precision. */
  public double sum(long n, long x) {
    long lanes = SCRATCH.get().address();
    call(Function.SUM, n, x, lanes, 0, 0, 0);
    return sumOf(lanes);
  }

  /** Returns the sum of squares, accumulated in double precision. */
  public double sumOfSquares(long n, long x) {
    long lanes = SCRATCH.get().address();
    call(Function.SQUARES, n, x, lanes, 0, 0, 0);
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
    return exponentials(Function.EXPONENTIALS, n, row);
  }

  /**
   * Sums up what {@link #exponentials} would write, and leaves the row as it is.
   *
   * @param n at least {@link #LANES}
   * @return an address at which {@link #maximumOf} finds the maximum, {@link #sumOf} the sum over
   *     the whole vectors of the row, and {@link #sumOfRest} that over the rest
   */
  public long sumsOfExponentials(long n, long row) {
    return exponentials(Function.SUMS_OF_EXPONENTIALS, n, row);
  }

  private long exponentials(Function function, long n, long row) {
    long result = SCRATCH.get().address();
    long groups = n * Float.BYTES / GROUP * GROUP;
    long last = row + (n - LANES) * Float.BYTES;
    call(function, whole(n), rest(n), row, result, groups, last, 0, 0);
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

  /** Returns the sum over the rest of a row that {@link #sumsOfExponentials} left behind. */
  public static double sumOfRest(long result) {
    return sumOf(result + 2 * VECTOR);
  }

  /** Returns the maximum that {@link #exponentials} left behind. */
  public static float maximumOf(long result) {
    return ALL.get(JAVA_FLOAT_UNALIGNED, result + VECTOR);
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

  private void call(Function function, long n, long x, long y, long z, long a, long b) {
    call(function, whole(n), rest(n), x, y, z, 0, a, b);
  }

  private void call( // as many as the functions have
      Function function, long bytes, long rest, long x, long y, long z, long u, long a, long b) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(functions[function.number], bytes, rest, x, y, z, u, a, b, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("elements", t);
    }
  }
}
