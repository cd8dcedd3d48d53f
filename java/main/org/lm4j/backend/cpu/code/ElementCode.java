package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes functions of arrays, by the operations of their Vector API forms, in their order.
 *
 * <pre>
 * void function(long bytes, long rest, float *x, float *y, float *z, float *u, ...)
 * </pre>
 *
 * <p>{@code bytes} are those of whole vectors; {@code rest} has a bit for each lane of one more
 * vector behind them, or none.
 */
final class ElementCode {
  private static final Register BYTES = Register.RDI;
  private static final Register REST = Register.RSI;
  private static final Register X = Register.RDX;
  private static final Register Y = Register.RCX;
  private static final Register Z = Register.R8;
  private static final Register U = Register.R9;
  private static final Register NUMBERS = Register.R10;
  private static final Register AT = Register.RAX;

  private static final int LANES_OF_REST = 7; // the mask
  private static final int LOW = 8; // sums of doubles
  private static final int HIGH = 9;
  private static final int FIRST_NUMBER = 16; // broadcast, as many as a function has

  private final MathAssembler m;
  private final FunctionCode functions;
  private boolean whole; // whether all lanes of the current vector are there

  ElementCode(MathAssembler m, FunctionCode functions) {
    this.m = m;
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

  /** Writes {@code y = tanh x}. */
  void tanh() {
    m.push(FunctionCode.CONSTANTS);
    functions.begin();
    Stream s = new Stream(0, 1);
    loop(
        () -> {
          load(s.x(), X);
          List<Runnable> instructions = new ArrayList<>();
          functions.tanh(s, instructions);
          instructions.forEach(Runnable::run);
          store(Y, s.tanh());
        });
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  /**
   * Writes sums in double precision: a vector of doubles at {@code y}.
   *
   * @param squares whether of squares
   */
  void sum(boolean squares) {
    m.zero(LOW);
    m.zero(HIGH);
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
    Stream s = new Stream(0, 1);
    m.zero(LOW);
    m.zero(HIGH);
    loop(
        () -> {
          load(s.x(), X);
          m.subtract(s.a(), s.x(), max);
          List<Runnable> instructions = new ArrayList<>();
          functions.exp(s, instructions);
          instructions.forEach(Runnable::run);
          store(X, s.exp());
          if (!whole) {
            m.moveMasked(s.exp(), LANES_OF_REST, s.exp());
          }
          m.doubles(4, s.exp());
          m.addDoubles(LOW, LOW, 4);
          m.upperHalf512(5, s.exp());
          m.doubles(5, 5);
          m.addDoubles(HIGH, HIGH, 5);
        });
    storeSums(Y);
    m.pop(FunctionCode.CONSTANTS);
    end();
  }

  /** Writes the maximum of the numbers of a row; returns the register that has it in each lane. */
  private int maximum() {
    int chains = 4; // comparisons that need not wait for one another
    int max = 20;
    int next = chains;
    m.clear(AT);
    m.move(Register.R11, 0xff800000); // the bits of negative infinity
    m.store(Operand.at(Y, 0), Register.R11);
    for (int i = 0; i < chains; i++) {
      m.broadcast(i, Operand.at(Y, 0));
    }
    Assembler.Label groups = new Assembler.Label();
    Assembler.Label groupsDone = new Assembler.Label();
    m.compare(Z, 0);
    m.jump(EQUAL, groupsDone);
    m.place(groups);
    for (int i = 0; i < chains; i++) {
      m.load(next + i, new Operand(X, AT, 1, i * m.vectorBytes()));
      m.greater(i, next + i, i);
    }
    m.add(AT, chains * m.vectorBytes());
    m.compare(AT, Z);
    m.jump(BELOW, groups);
    m.place(groupsDone);
    Assembler.Label singles = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.place(singles);
    m.compare(AT, BYTES);
    m.jump(EQUAL, done);
    m.load(next, Operand.at(X, AT, 1));
    m.greater(0, next, 0);
    m.add(AT, m.vectorBytes());
    m.jump(singles);
    m.place(done);
    m.load(next, Operand.at(U, 0));
    m.greater(0, next, 0);
    for (int i = 1; i < chains; i++) {
      m.greater(0, i, 0);
    }
    m.upperHalf512(next, 0);
    m.greater(0, next, 0);
    m.upperHalf256(next, 0);
    m.greater(0, next, 0);
    m.upperHalves128(next, 0, 0);
    m.greater(0, next, 0);
    m.odd128(next, 0);
    m.greater(0, next, 0);
    m.storeOne(Operand.at(Y, m.vectorBytes()), 0);
    m.broadcastFirst(max, 0);
    return max;
  }

  /**
   * Writes a step of SGD of weights {@code x} with gradients {@code y}, which become zero. The
   * seventh parameter and those behind it: decay, scale of the gradient, negative rate.
   */
  void sgd() {
    int decay = parameters(3);
    int scale = decay + 1;
    int rate = decay + 2;
    m.zero(2);
    loop(
        () -> {
          gradient(0, 1, decay, scale);
          m.timesPlus(1, rate, 0);
          store(X, 1);
          store(Y, 2);
        });
    end();
  }

  /** Loads the weight, and the gradient, scaled, plus decay. */
  private void gradient(int weight, int to, int decay, int scale) {
    int passing = 15;
    load(weight, X);
    load(passing, Y);
    m.multiply(passing, passing, scale);
    m.move(to, weight);
    m.timesPlus(to, decay, passing);
  }

  /**
   * Writes a step of Adam of weights {@code x} with gradients {@code y}, which become zero, and
   * moments {@code z} and {@code u}. The seventh parameter is the address of {@link AdamNumber}s.
   */
  void adam() {
    m.load(NUMBERS, Operand.at(Register.RSP, Long.BYTES));
    for (AdamNumber number : AdamNumber.values()) {
      m.broadcast(number.register(), Operand.at(NUMBERS, number.offset()));
    }
    int zero = 14;
    m.zero(zero);
    int weight = 0;
    int grad = 1;
    int mean = 2;
    int square = 3;
    int passing = 4;
    loop(
        () -> {
          gradient(weight, grad, AdamNumber.DECAY.register(), AdamNumber.SCALE.register());
          load(mean, Z);
          m.multiply(passing, grad, AdamNumber.FRESH.register());
          m.timesPlus(mean, AdamNumber.BETA_1.register(), passing);
          load(square, U);
          m.multiply(passing, grad, grad);
          m.multiply(passing, passing, AdamNumber.FRESH_2.register());
          m.timesPlus(square, AdamNumber.BETA_2.register(), passing);
          store(Z, mean);
          store(U, square);
          m.squareRoot(square, square);
          m.timesPlus(square, AdamNumber.ROOT.register(), AdamNumber.EPSILON.register());
          m.multiply(weight, weight, AdamNumber.KEEP.register());
          m.divide(mean, mean, square);
          m.timesPlus(mean, AdamNumber.RATE.register(), weight);
          store(X, mean);
          store(Y, zero);
        });
    end();
  }

  /** What a step of Adam is computed with: floats in memory, in this order. */
  enum AdamNumber {
    DECAY,
    SCALE,
    BETA_1,
    FRESH,
    BETA_2,
    FRESH_2,
    ROOT,
    EPSILON,
    KEEP,
    /** With the opposite sign. */
    RATE;

    @SuppressWarnings("EnumOrdinal") // the order of the constants is what is defined here
    int offset() {
      return ordinal() * Float.BYTES;
    }

    private int register() {
      return FIRST_NUMBER + offset() / Float.BYTES;
    }
  }

  /** Broadcasts floats from the seventh parameter on; returns the first register. */
  private int parameters(int count) {
    for (int i = 0; i < count; i++) {
      m.broadcast(FIRST_NUMBER + i, Operand.at(Register.RSP, (i + 1) * Long.BYTES));
    }
    return FIRST_NUMBER;
  }

  private void loop(Runnable body) {
    Assembler.Label vector = new Assembler.Label();
    Assembler.Label rest = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.clear(AT);
    m.compare(BYTES, 0);
    m.jump(EQUAL, rest);
    m.align(32);
    m.place(vector);
    whole = true;
    body.run();
    m.add(AT, m.vectorBytes());
    m.compare(AT, BYTES);
    m.jump(BELOW, vector);
    m.place(rest);
    m.compare(REST, 0);
    m.jump(EQUAL, done);
    m.mask(LANES_OF_REST, REST);
    whole = false;
    body.run();
    m.place(done);
  }

  private void load(int to, Register from) {
    if (whole) {
      m.load(to, Operand.at(from, AT, 1));
    } else {
      m.loadMasked(to, LANES_OF_REST, Operand.at(from, AT, 1));
    }
  }

  private void store(Register to, int from) {
    if (whole) {
      m.store(Operand.at(to, AT, 1), from);
    } else {
      m.storeMasked(Operand.at(to, AT, 1), LANES_OF_REST, from);
    }
  }

  private void end() {
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
  }
}
