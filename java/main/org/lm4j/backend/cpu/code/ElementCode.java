package org.lm4j.backend.cpu.code;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/** Writes functions of arrays, by the operations of their Vector API forms, in their order. */
final class ElementCode extends ArrayCode {
  private static final int LOW = 8; // sums of doubles
  private static final int HIGH = 9;
  private static final Stream SLOTS = new Stream(0, 1);

  private final FunctionCode functions;

  ElementCode(MathAssembler m, FunctionCode functions) {
    super(m);
    this.functions = functions;
  }

  /** Writes {@code y = x · alpha + y}; {@code alpha} is the seventh parameter. */
  void axpy() {
    parameters(1);
    loop(
        () -> {
          load(0, X);
          load(1, Y);
          m.timesPlus(0, FIRST_NUMBER, 1);
          store(Y, 0);
        });
    end();
  }

  /** Writes {@code x = x · alpha}; {@code alpha} is the seventh parameter. */
  void scale() {
    parameters(1);
    loop(
        () -> {
          load(0, X);
          m.multiply(0, 0, FIRST_NUMBER);
          store(X, 0);
        });
    end();
  }

  /** Writes {@code x = value}, the seventh parameter. */
  void fill() {
    parameters(1);
    loop(() -> store(X, FIRST_NUMBER));
    end();
  }

  /** Writes {@code z = x ⊙ y}. */
  void multiply() {
    loop(
        () -> {
          load(0, X);
          load(1, Y);
          m.multiply(0, 0, 1);
          store(Z, 0);
        });
    end();
  }

  /** Writes {@code y = tanh x}. */
  void tanh() {
    function(functions::tanh, SLOTS.tanh());
  }

  /** Writes {@code y = 1 / (1 + exp(-x))}. */
  void sigmoid() {
    function(functions::sigmoid, SLOTS.sigmoid());
  }

  private void function(BiConsumer<Stream, List<Runnable>> instructions, int result) {
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    loop(
        () -> {
          load(SLOTS.x(), X);
          List<Runnable> all = new ArrayList<>();
          instructions.accept(SLOTS, all);
          all.forEach(Runnable::run);
          store(Y, result);
        });
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  /** Writes {@code y = max(0, x)}; NaN stays NaN. */
  void relu() {
    int zero = 1;
    m.zero(zero);
    loop(
        () -> {
          load(0, X);
          m.greater(0, zero, 0);
          store(Y, 0);
        });
    end();
  }

  /** Writes {@code z = y · x (1 - x)}, the logistic function's gradient where it has given x. */
  void sigmoidBackward() {
    backward(
        () -> {
          m.multiply(2, 0, 0);
          m.subtract(2, 0, 2);
          m.multiply(1, 1, 2);
        });
  }

  /** Writes {@code z = y · (one - x²)}; {@code one} is the seventh parameter. */
  void tanhBackward() {
    parameters(1);
    backward(
        () -> {
          m.multiply(2, 0, 0);
          m.subtract(2, FIRST_NUMBER, 2);
          m.multiply(1, 1, 2);
        });
  }

  /** Writes {@code z = y} where {@code x > 0}, else 0. */
  void reluBackward() {
    int zero = 2;
    int on = 1;
    m.zero(zero);
    backward(
        () -> {
          m.below(on, zero, 0);
          m.moveMasked(1, on, 1);
        });
  }

  /** Writes a loop in which register 0 has {@code x} and 1 has {@code y}, which becomes z. */
  private void backward(Runnable body) {
    loop(
        () -> {
          load(0, X);
          load(1, Y);
          body.run();
          store(Z, 1);
        });
    end();
  }

  /**
   * Writes the clamping of {@code x} between the seventh parameter and the eighth; NaN stays NaN.
   */
  void clamp() {
    int least = parameters(2);
    int most = least + 1;
    loop(
        () -> {
          load(0, X);
          m.greater(0, least, 0);
          m.smaller(0, most, 0);
          store(X, 0);
        });
    end();
  }

  /**
   * Writes sums in double precision: a vector of doubles at {@code y}.
   *
   * @param squares whether of squares
   */
  void sum(boolean squares) {
    clearSums();
    loop(
        () -> {
          load(0, X);
          m.doubles(1, 0);
          m.upperHalf512(2, 0);
          m.doubles(2, 2);
          if (squares) {
            addSquare(LOW, 1);
            addSquare(HIGH, 2);
          } else {
            m.addDoubles(LOW, LOW, 1);
            m.addDoubles(HIGH, HIGH, 2);
          }
        });
    storeSums(Y);
    end();
  }

  private void addSquare(int sum, int x) {
    m.timesPlusDoubles(x, x, sum);
    m.move(sum, x);
  }

  private void storeSums(Register to) {
    m.addDoubles(LOW, LOW, HIGH);
    m.store(Operand.at(to, 0), LOW);
  }

  /**
   * Writes the exponentials of a row {@code x} of at least a vector, below its maximum and in its
   * place. {@code y} gets a vector of doubles, their sums, then the maximum; {@code z} is the
   * number of bytes in whole groups of four vectors; {@code u} is the address of the row's last 16
   * elements.
   */
  void exponentials() {
    int max = maximum();
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    clearSums();
    loop(
        () -> {
          exponential(max);
          store(X, SLOTS.exp());
          addExponential();
        });
    storeSums(Y);
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  /**
   * Writes the sums of the exponentials as {@link #exponentials} does, without changing the row:
   * those of its whole vectors, and one vector behind the maximum those of the rest.
   */
  void sumsOfExponentials() {
    int max = maximum();
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    Runnable body =
        () -> {
          exponential(max);
          addExponential();
        };
    clearSums();
    vectors(body);
    storeSums(Y);
    m.add(Y, 2 * m.vectorBytes());
    clearSums();
    rest(body);
    storeSums(Y);
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  private void exponential(int max) {
    load(SLOTS.x(), X);
    m.subtract(SLOTS.a(), SLOTS.x(), max);
    List<Runnable> instructions = new ArrayList<>();
    functions.exp(SLOTS, instructions);
    instructions.forEach(Runnable::run);
  }

  private void clearSums() {
    m.zero(LOW);
    m.zero(HIGH);
  }

  private void addExponential() {
    int exp = SLOTS.exp();
    if (!whole()) {
      m.moveMasked(exp, LANES_OF_REST, exp);
    }
    m.doubles(4, exp);
    m.addDoubles(LOW, LOW, 4);
    m.upperHalf512(5, exp);
    m.doubles(5, 5);
    m.addDoubles(HIGH, HIGH, 5);
  }

  /** Writes the maximum of the numbers of a row; returns the register that has it in each lane. */
  private int maximum() {
    int max = 20;
    int next = 1;
    largestLanes(Y);
    m.load(next, Operand.at(U, 0));
    m.greater(0, next, 0);
    largestOf(0);
    m.storeOne(Operand.at(Y, m.vectorBytes()), 0);
    m.broadcastFirst(max, 0);
    return max;
  }
}
