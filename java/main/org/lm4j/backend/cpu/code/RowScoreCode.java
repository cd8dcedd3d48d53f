package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes what {@code kernel.ScoreKernels} does to single rows of whole vectors and to states that
 * are complete, by the operations of its Vector API form, in their order.
 */
final class RowScoreCode extends ArrayCode {
  private static final Stream SLOTS = new Stream(0, 1);

  private final FunctionCode functions;

  RowScoreCode(MathAssembler m, FunctionCode functions) {
    super(m);
    this.functions = functions;
  }

  /**
   * Writes the largest number of {@code x} to {@code y}; {@code z} is the number of bytes in whole
   * groups of four vectors.
   */
  void largest() {
    largestLanes(Y);
    largestOf(0);
    m.storeOne(Operand.at(Y, 0), 0);
    end();
  }

  /**
   * Writes weights in the place of {@code x}, and the sum of each lane to {@code y}. The seventh
   * parameter is the maximum, the eighth the factor.
   */
  void weights() {
    int max = parameters(2);
    int factor = max + 1;
    int sum = 8;
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    m.zero(sum);
    vectors(
        () -> {
          load(SLOTS.x(), X);
          m.subtract(SLOTS.a(), SLOTS.x(), max);
          m.multiply(SLOTS.a(), SLOTS.a(), factor);
          exponential();
          store(X, SLOTS.exp());
          m.add(sum, sum, SLOTS.exp());
        });
    m.store(Operand.at(Y, 0), sum);
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  /**
   * Writes the larger product of {@code x} with the eighth and the ninth parameter, plus the
   * seventh.
   */
  void raise() {
    int more = parameters(3);
    int above = more + 1;
    int below = more + 2;
    vectors(
        () -> {
          load(0, X);
          m.multiply(1, 0, above);
          m.multiply(0, 0, below);
          m.greater(0, 0, 1);
          m.add(0, 0, more);
          store(X, 0);
        });
    end();
  }

  /**
   * Writes the function {@code void finish(long rows, char *state, long stateBytes)}: the maximum
   * of each state's lanes to all of them, and the sums below that. There is at least one row.
   */
  void finish() {
    Register rows = Register.RDI;
    Register state = Register.RSI;
    Register stateBytes = Register.RDX;
    int max = 4;
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    Assembler.Label row = new Assembler.Label();
    m.align(32);
    m.place(row);
    m.load(SLOTS.x(), Operand.at(state, 0));
    m.move(max, SLOTS.x());
    largestOf(max);
    m.broadcastFirst(max, max);
    m.store(Operand.at(state, 0), max);
    m.subtract(SLOTS.a(), SLOTS.x(), max);
    exponential();
    for (int half = 1; half <= 2; half++) {
      Operand sums = Operand.at(state, half * m.vectorBytes());
      m.doubles(5, SLOTS.exp());
      m.load(6, sums);
      m.multiplyDoubles(6, 6, 5);
      m.store(sums, 6);
      m.upperHalf512(SLOTS.exp(), SLOTS.exp());
    }
    m.add(state, stateBytes);
    m.decrement(rows);
    m.jump(NOT_EQUAL, row);
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  private void exponential() {
    List<Runnable> instructions = new ArrayList<>();
    functions.exp(SLOTS, instructions);
    instructions.forEach(Runnable::run);
  }
}
