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

/**
 * The elementwise part of recurrent cells by machine code, in vectors of 16 floats. What a step
 * works on is in memory, one piece for each thread: {@link #parameters}.
 */
public final class CodeGates {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final MethodHandle CALL = CodePage.call();

  private static final ThreadLocal<MemorySegment> PARAMETERS =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(GateStep.BYTES, HostStorage.ALIGNMENT));

  /** The functions there are. */
  public enum Function {
    /** A step of an LSTM, which writes gates and the tanh of cell states for a backward pass. */
    LSTM(0),
    /** A step of an LSTM, which writes states alone. */
    LSTM_STATES(1),
    /** The backward pass of a step of an LSTM. */
    LSTM_BACKWARD(2),
    /** A step of a GRU. */
    GRU(3),
    /** The backward pass of a step of a GRU. */
    GRU_BACKWARD(4),
    /** A step of a network with tanh. */
    ELMAN(5),
    /** The backward pass of a step of a network with tanh. */
    ELMAN_BACKWARD(6),
    /** A step of a network with ReLU. */
    RELU(7),
    /** The backward pass of a step of a network with ReLU. */
    RELU_BACKWARD(8);

    private final int number;

    Function(int number) {
      this.number = number;
    }
  }

  private final MemorySegment[] functions = new MemorySegment[Function.values().length];

  private CodeGates() {
    MathAssembler m = new MathAssembler();
    FunctionCode code = new FunctionCode(m);
    int[] offsets = new int[functions.length];
    for (Function function : Function.values()) {
      offsets[function.number] = m.length();
      switch (function) {
        case LSTM -> new LstmCode(m, code, true).write();
        case LSTM_STATES -> new LstmCode(m, code, false).write();
        case LSTM_BACKWARD -> new LstmBackwardCode(m, code).write();
        case GRU -> new GruCode(m, code).write();
        case GRU_BACKWARD -> new GruBackwardCode(m, code).write();
        case ELMAN -> new ElmanCode(m, code, false).write();
        case ELMAN_BACKWARD -> new ElmanBackwardCode(m, code, false).write();
        case RELU -> new ElmanCode(m, code, true).write();
        case RELU_BACKWARD -> new ElmanBackwardCode(m, code, true).write();
      }
    }
    code.end();
    CodePage page = CodePage.of(m.code());
    for (int i = 0; i < functions.length; i++) {
      functions[i] = page.at(offsets[i]);
    }
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeGates here() {
    return MachineCode.ofAvx512(CodeGates::new);
  }

  /** Returns the address of this thread's parameters, which a call changes. */
  public static long parameters() {
    return PARAMETERS.get().address();
  }

  /** Sets a parameter at the address of {@link #parameters}. */
  public static void set(long parameters, GateStep which, long value) {
    ALL.set(JAVA_LONG_UNALIGNED, parameters + which.offset(), value);
  }

  /** Runs a function. The caller has checked that all addresses are valid. */
  public void run(Function function, long parameters) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  functions[function.number], parameters, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("gates", t);
    }
  }
}
