package org.lm4j.backend.cpu.code;

import java.util.List;

/**
 * Writes the logistic function and tanh of vectors of 16 floats, by the operations of {@code
 * kernel.VectorMath} in their order, with the same bits. Several are computed side by side,
 * instruction by instruction in turn, since each is one long chain.
 *
 * <p>Each has four separate registers and a separate mask: the argument, which stays, and three to
 * work in. Registers from {@link #FIRST_CONSTANT} on hold constants, {@link #CONSTANTS} where
 * others lie.
 */
final class FunctionCode {
  /** The lowest register that a caller must leave as it is. */
  static final int FIRST_CONSTANT = 21;

  /** The register that has the address of the constants in memory. */
  static final Register CONSTANTS = Register.R15;

  private static final float[] NUMBERS = {
    // In registers, from the last one down.
    0x1.8p23f, // ROUNDER: adding it rounds to whole
    1,
    1.442695f, // log2 e
    -0x1.63p-1f, // -ln 2, of which multiples are exact
    2.1219444e-4f, // and what it lacks
    -0f, // the bit of the sign
    -87.33654f, // the logarithm of the smallest normal number
    0.0013814467f, // of the exponential's polynomial: r^6
    0.008368781f,
    0.041668393f,
    0.1666652f, // r^3
    // In memory alone.
    0.49999994f, // r^2
    0.625f, // below which tanh is a polynomial
    -0.005717045f, // of it: x^11
    0.020650588f,
    -0.053743497f,
    0.13331491f,
    -0.33333284f // x^3
  };

  private static final int HELD = 11; // of them in registers
  private static final int ROUNDER = 31;
  static final int ONE = 30;
  private static final int LOG2_E = 29;
  private static final int MINUS_LN2_HIGH = 28;
  private static final int MINUS_LN2_LOW = 27;
  private static final int SIGN = 26;
  private static final int LEAST = 25;
  private static final int EXP_6 = 24;
  private static final int EXP_5 = 23;
  private static final int EXP_4 = 22;
  private static final int EXP_3 = 21;
  private static final int AT_EXP_2 = 11; // the number's place
  private static final int AT_SMALL = 12;
  private static final int AT_TANH_11 = 13;

  private final MathAssembler m;
  private final Assembler.Label numbers = new Assembler.Label();

  /** One function: its registers are {@code x} to {@code x + 3}. */
  record Stream(int x, int mask) {
    int a() {
      return x + 1;
    }

    int b() {
      return x + 2;
    }

    int c() {
      return x + 3;
    }

    /** The register with the result of {@link #sigmoid}. */
    int sigmoid() {
      return c();
    }

    /** The register with the result of {@link #exp}. */
    int exp() {
      return c();
    }

    /** The register with the result of {@link #tanh}. */
    int tanh() {
      return a();
    }
  }

  FunctionCode(MathAssembler m) {
    this.m = m;
  }

  /** Writes the loading of the constants. */
  void begin() {
    m.address(CONSTANTS, numbers);
    for (int i = 0; i < HELD; i++) {
      m.load(ROUNDER - i, number(i));
    }
  }

  /**
   * Writes the loading of ones alone.
   *
   * @param passing a register that it may use
   */
  void one(Register passing, int to) {
    m.address(passing, numbers);
    m.load(to, Operand.at(passing, (ROUNDER - ONE) * m.vectorBytes()));
  }

  /** Writes the constants, behind the code. */
  void end() {
    m.align(m.vectorBytes());
    m.place(numbers);
    for (float number : NUMBERS) {
      for (int lane = 0; lane < m.vectorBytes() / Float.BYTES; lane++) {
        m.int32(Float.floatToRawIntBits(number));
      }
    }
  }

  private Operand number(int place) {
    return Operand.at(CONSTANTS, place * m.vectorBytes());
  }

  /** Writes instructions of several functions in turn. */
  static void inTurn(List<List<Runnable>> functions) {
    int longest = functions.stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < longest; i++) {
      for (List<Runnable> function : functions) {
        if (i < function.size()) {
          function.get(i).run();
        }
      }
    }
  }

  /**
   * The exponential of {@code a}, which is at most 0, to {@code c}. What is below the logarithm of
   * the smallest normal number becomes zero at the end, whatever has come out for it; a NaN stays.
   */
  void exp(Stream s, List<Runnable> to) {
    int a = s.a();
    int b = s.b();
    int c = s.c();
    to.add(() -> m.notBelow(s.mask(), a, LEAST));
    to.add(() -> m.move(b, ROUNDER));
    to.add(() -> m.multiplyAdd(b, a, LOG2_E));
    to.add(() -> m.subtract(c, b, ROUNDER));
    to.add(() -> m.multiplyAdd(a, c, MINUS_LN2_HIGH));
    to.add(() -> m.multiplyAdd(a, c, MINUS_LN2_LOW));
    to.add(() -> m.move(c, EXP_6));
    to.add(() -> m.timesPlus(c, a, EXP_5));
    to.add(() -> m.timesPlus(c, a, EXP_4));
    to.add(() -> m.timesPlus(c, a, EXP_3));
    to.add(() -> m.timesPlus(c, a, number(AT_EXP_2)));
    to.add(() -> m.multiply(c, c, a));
    to.add(() -> m.timesPlus(c, a, a));
    to.add(() -> m.add(c, c, ONE));
    to.add(() -> m.shiftLeft32(b, b, 23)); // the mantissa's bits
    to.add(() -> m.addInts(b, b, ONE));
    to.add(() -> m.multiplyMasked(c, s.mask(), c, b));
  }

  /** The instructions of {@code 1 / (1 + exp(-x))}. */
  void sigmoid(Stream s, List<Runnable> to) {
    int x = s.x();
    int a = s.a();
    int b = s.b();
    int c = s.c();
    to.add(() -> m.orBits(a, x, SIGN));
    exp(s, to);
    to.add(() -> m.signs(s.mask(), x));
    to.add(() -> m.choose(a, s.mask(), ONE, c));
    to.add(() -> m.add(b, c, ONE));
    to.add(() -> m.divide(a, a, b));
    to.add(() -> m.subtract(b, b, ONE));
    to.add(() -> m.subtract(b, b, c));
    to.add(() -> m.subtract(c, ONE, a));
    to.add(() -> m.multiply(c, a, c));
    to.add(() -> m.timesPlus(c, b, a));
  }

  /** The instructions of {@code tanh x}. */
  void tanh(Stream s, List<Runnable> to) {
    int x = s.x();
    int a = s.a();
    int b = s.b();
    int c = s.c();
    to.add(() -> m.orBits(a, x, SIGN));
    to.add(() -> m.add(a, a, a));
    exp(s, to);
    to.add(() -> m.subtract(a, ONE, c));
    to.add(() -> m.add(b, c, ONE));
    to.add(() -> m.divide(a, a, b));
    to.add(() -> m.multiply(b, x, x));
    to.add(() -> m.load(c, number(AT_TANH_11)));
    for (int i = AT_TANH_11 + 1; i < NUMBERS.length; i++) {
      Operand next = number(i);
      to.add(() -> m.timesPlus(c, b, next));
    }
    to.add(() -> m.multiply(c, c, b));
    to.add(() -> m.bitsWithout(b, SIGN, x));
    to.add(() -> m.timesPlus(c, b, b));
    to.add(() -> m.below(s.mask(), b, number(AT_SMALL)));
    to.add(() -> m.choose(a, s.mask(), a, c));
    to.add(() -> m.bitsFrom(a, SIGN, x));
  }
}
