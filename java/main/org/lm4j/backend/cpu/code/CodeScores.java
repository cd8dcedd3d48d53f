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
 * The log-sum-exp of rows of logits and weights to draw by, by machine code, in vectors of 16
 * floats.
 */
public final class CodeScores {
  /** Floats of a vector. */
  public static final int LANES = 16;

  /** The fewest and the most vectors of a panel. */
  private static final int FEWEST = 3;

  private static final int MOST = 4;
  private static final MethodHandle CALL = CodePage.call();

  private static final long VECTOR = (long) LANES * Float.BYTES;
  private static final long GROUP = 4 * VECTOR;

  /** Of each thread: a number that a function finds. */
  private static final ThreadLocal<MemorySegment> FOUND =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(VECTOR, HostStorage.ALIGNMENT));

  private final MemorySegment[] byVectors = new MemorySegment[MOST + 1];
  private final MemorySegment finish;
  private final MemorySegment largest;
  private final MemorySegment weights;
  private final MemorySegment raise;

  private CodeScores() {
    MathAssembler m = new MathAssembler();
    FunctionCode functions = new FunctionCode(m);
    int[] offsets = new int[MOST + 1];
    for (int vectors = FEWEST; vectors <= MOST; vectors++) {
      offsets[vectors] = m.length();
      new ScoreCode(m, functions, vectors).write();
    }
    RowScoreCode rows = new RowScoreCode(m, functions);
    int atFinish = m.length();
    rows.finish();
    int atLargest = m.length();
    rows.largest();
    int atWeights = m.length();
    rows.weights();
    int atRaise = m.length();
    rows.raise();
    functions.end();
    CodePage page = CodePage.of(m.code());
    finish = page.at(atFinish);
    largest = page.at(atLargest);
    weights = page.at(atWeights);
    raise = page.at(atRaise);
    for (int vectors = FEWEST; vectors <= MOST; vectors++) {
      byVectors[vectors] = page.at(offsets[vectors]);
    }
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeScores here() {
    return MachineCode.ofAvx512(CodeScores::new);
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
    call(byVectors[vectors], rows, tile, tileBytes, state, stateBytes, 0, 0, 0, 0);
  }

  /**
   * Brings the lanes of the states of rows together: the maximum to each lane, and the sums below
   * that.
   *
   * @param rows at least 1
   * @param stateBytes from one state to the next
   */
  public void finish(int rows, long state, long stateBytes) {
    call(finish, rows, state, stateBytes, 0, 0, 0, 0, 0, 0);
  }

  /** Returns the largest of some vectors of floats; of a NaN and a number the number. */
  public float largest(int vectors, long x) {
    long found = FOUND.get().address();
    long bytes = vectors * VECTOR;
    call(largest, bytes, 0, x, found, bytes / GROUP * GROUP, 0, 0, 0, 0);
    return ALL.get(JAVA_FLOAT_UNALIGNED, found);
  }

  /**
   * Overwrites some vectors of floats, none above {@code max}, with {@code exp((x - max) ·
   * factor)}.
   *
   * @param sums receives a vector: the sum of each lane
   */
  public void weights(int vectors, long x, float max, float factor, long sums) {
    call(weights, vectors * VECTOR, 0, x, sums, 0, 0, bits(max), bits(factor), 0);
  }

  /** Replaces each of some vectors of floats by its larger product with two factors, plus more. */
  public void raise(int vectors, long x, float more, float above, float below) {
    call(raise, vectors * VECTOR, 0, x, 0, 0, 0, bits(more), bits(above), bits(below));
  }

  private static long bits(float number) {
    return Float.floatToRawIntBits(number);
  }

  private static void call( // as many as the functions have
      MemorySegment code, long a, long b, long c, long d, long e, long f, long g, long h, long i) {
    try {
      long ignored = (long) CALL.invokeExact(code, a, b, c, d, e, f, g, h, i, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("scores", t);
    }
  }
}
