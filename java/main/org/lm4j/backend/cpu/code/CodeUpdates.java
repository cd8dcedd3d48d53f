package org.lm4j.backend.cpu.code;

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
 * Steps of optimizers by machine code, in vectors of 16 floats. The numbers of a step are in
 * memory, one piece for each thread: {@link #numbers}.
 */
public final class CodeUpdates {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final MethodHandle CALL = CodePage.call();

  private static final ThreadLocal<MemorySegment> NUMBERS =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate(UpdateNumber.BYTES, HostStorage.ALIGNMENT));

  /** The steps there are. All of them use rate and scale, and all but the last the decay. */
  public enum Step {
    /** SGD. */
    SGD(0, UpdateCode::sgd),
    /** SGD with momentum. */
    MOMENTUM(1, code -> code.momentum(false, false)),
    /** Its first step, which sets the buffer. */
    FIRST_MOMENTUM(2, code -> code.momentum(true, false)),
    /** SGD with Nesterov's momentum. */
    NESTEROV(3, code -> code.momentum(false, true)),
    /** Its first step, which sets the buffer. */
    FIRST_NESTEROV(4, code -> code.momentum(true, true)),
    /** RMSProp. */
    RMS_PROP(5, UpdateCode::rmsProp),
    /** AdaGrad. */
    ADA_GRAD(6, UpdateCode::adaGrad),
    /** Adam and AdamW. */
    ADAM(7, UpdateCode::adam),
    /** Dynamic evaluation. */
    ANCHORED(8, UpdateCode::anchored);

    private final int number;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final Consumer<UpdateCode> writer;

    Step(int number, Consumer<UpdateCode> writer) {
      this.number = number;
      this.writer = writer;
    }
  }

  private final MemorySegment[] steps = new MemorySegment[Step.values().length];

  private CodeUpdates() {
    MathAssembler m = new MathAssembler();
    UpdateCode code = new UpdateCode(m);
    int[] offsets = new int[steps.length];
    for (Step step : Step.values()) {
      offsets[step.number] = m.length();
      step.writer.accept(code);
    }
    CodePage page = CodePage.of(m.code());
    for (int i = 0; i < steps.length; i++) {
      steps[i] = page.at(offsets[i]);
    }
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeUpdates here() {
    return MachineCode.ofAvx512(CodeUpdates::new);
  }

  /** Returns the address of this thread's numbers, which stay until they are set anew. */
  public static long numbers() {
    return NUMBERS.get().address();
  }

  /** Sets a number at the address of {@link #numbers}. */
  public static void set(long numbers, UpdateNumber which, float value) {
    ALL.set(JAVA_FLOAT_UNALIGNED, numbers + which.offset(), value);
  }

  /**
   * Makes a step of {@code n} weights {@code w}, and zeroes their gradients {@code g}. The caller
   * has checked that all addresses are valid.
   *
   * @param first the first moments, where the step has any
   * @param second the second ones, where it has any
   */
  public void run(Step step, long numbers, long n, long w, long g, long first, long second) {
    long bytes = n / LANES * VECTOR;
    long rest = (1L << (n % LANES)) - 1;
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  steps[step.number], bytes, rest, w, g, first, second, numbers, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("updates", t);
    }
  }
}
