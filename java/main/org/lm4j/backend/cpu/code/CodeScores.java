package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/** The log-sum-exp of rows of logits by machine code, in vectors of 16 floats. */
public final class CodeScores {
  /** Floats of a vector. */
  public static final int LANES = 16;

  /** The fewest and the most vectors of a panel. */
  private static final int FEWEST = 3;

  private static final int MOST = 4;
  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment[] byVectors = new MemorySegment[MOST + 1];

  private CodeScores() {
    MathAssembler m = new MathAssembler();
    FunctionCode functions = new FunctionCode(m);
    int[] offsets = new int[MOST + 1];
    for (int vectors = FEWEST; vectors <= MOST; vectors++) {
      offsets[vectors] = m.length();
      new ScoreCode(m, functions, vectors).write();
    }
    functions.end();
    CodePage page = CodePage.of(m.code());
    for (int vectors = FEWEST; vectors <= MOST; vectors++) {
      byVectors[vectors] = page.at(offsets[vectors]);
    }
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeScores here() {
    Processor processor = MachineCode.here().processor();
    if (processor == null || !processor.avx512()) {
      return null;
    }
    try {
      return new CodeScores();
    } catch (NativeException e) { // other code took the last memory
      return null;
    }
  }

  /**
   * Adds a panel of logits to the states of rows: a vector of maxima and two of sums each. The
   * caller has checked that all addresses are valid.
   *
   * @param rows at least 1
   * @param vectors of logits of a row, 3 or 4
   * @param tileBytes from one row of logits to the next
   * @param stateBytes from one state to the next
   */
  public void add(int rows, int vectors, long tile, long tileBytes, long state, long stateBytes) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  byVectors[vectors],
                  (long) rows,
                  tile,
                  tileBytes,
                  state,
                  stateBytes,
                  0L,
                  0L,
                  0L,
                  0L,
                  0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("scores", t);
    }
  }
}
