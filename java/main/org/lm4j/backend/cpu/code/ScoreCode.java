package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes the addition of a panel of logits to the states of rows, as {@code kernel.ScoreKernels}
 * defines it: by the operations of its Vector API form, in their order.
 *
 * <pre>
 * void add(long rows, const float *tile, long tileBytes, char *state, long stateBytes)
 * </pre>
 *
 * <p>The exponentials of a row are computed side by side; rows do not depend on one another, so the
 * processor overlaps those too.
 */
final class ScoreCode {
  private static final Register ROWS = Register.RDI; // that remain
  private static final Register TILE = Register.RSI;
  private static final Register TILE_BYTES = Register.RDX;
  private static final Register STATE = Register.RCX;
  private static final Register STATE_BYTES = Register.R8;

  private static final Stream[] LOGITS = {
    new Stream(0, 1), new Stream(4, 2), new Stream(8, 3), new Stream(12, 4)
  };
  private static final Stream BEFORE = new Stream(16, 5); // the maxima before
  private static final int MAX = 20;

  private final MathAssembler m;
  private final FunctionCode functions;
  private final int vectors;

  /**
   * Creates a writer.
   *
   * @param vectors of logits of a row, 3 or 4
   */
  ScoreCode(MathAssembler m, FunctionCode functions, int vectors) {
    this.m = m;
    this.functions = functions;
    this.vectors = vectors;
  }

  /** Writes the function, for at least one row. */
  void write() {
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    Assembler.Label row = new Assembler.Label();
    m.align(32);
    m.place(row);
    maxima();
    List<List<Runnable>> all = new ArrayList<>();
    for (int i = 0; i < vectors; i++) {
      all.add(exponential(LOGITS[i]));
    }
    all.add(exponential(BEFORE));
    FunctionCode.inTurn(all);
    sums();
    m.add(TILE, TILE_BYTES);
    m.add(STATE, STATE_BYTES);
    m.decrement(ROWS);
    m.jump(NOT_EQUAL, row);
    m.pop(FunctionCode.CONSTANTS);
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  /** Writes the new maxima; of a NaN and a number whichever, as the order has it. */
  private void maxima() {
    for (int i = 0; i < vectors; i++) {
      m.load(LOGITS[i].x(), vector(TILE, i));
    }
    m.load(BEFORE.x(), vector(STATE, 0));
    int other = LOGITS[0].a();
    m.greater(MAX, LOGITS[1].x(), LOGITS[0].x());
    m.greater(other, LOGITS[vectors - 1].x(), LOGITS[2].x());
    m.greater(MAX, MAX, BEFORE.x());
    m.greater(MAX, other, MAX);
    m.store(vector(STATE, 0), MAX);
  }

  private List<Runnable> exponential(Stream s) {
    List<Runnable> instructions = new ArrayList<>();
    instructions.add(() -> m.subtract(s.a(), s.x(), MAX));
    functions.exp(s, instructions);
    return instructions;
  }

  /** Writes the sums below the new maxima: those before times a factor, and the new ones. */
  private void sums() {
    int fresh = LOGITS[0].exp();
    int upper = LOGITS[2].exp();
    m.add(fresh, fresh, LOGITS[1].exp());
    if (vectors > 3) {
      m.add(upper, upper, LOGITS[3].exp());
    }
    m.add(fresh, fresh, upper);
    addHalf(1, BEFORE.exp(), fresh);
    m.upperHalf512(BEFORE.exp(), BEFORE.exp());
    m.upperHalf512(fresh, fresh);
    addHalf(2, BEFORE.exp(), fresh);
  }

  /** Scales a vector of the sums by the lower half of {@code factor}, and adds that of another. */
  private void addHalf(int place, int factor, int fresh) {
    int sum = LOGITS[0].x();
    int wideFactor = LOGITS[0].a();
    int wideFresh = LOGITS[0].b();
    m.load(sum, vector(STATE, place));
    m.doubles(wideFactor, factor);
    m.doubles(wideFresh, fresh);
    m.timesPlusDoubles(sum, wideFactor, wideFresh);
    m.store(vector(STATE, place), sum);
  }

  private Operand vector(Register base, int place) {
    return Operand.at(base, place * m.vectorBytes());
  }
}
