package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

/**
 * Writes exponentials of doubles, see {@link CodeExponentials}.
 *
 * <pre>
 * void exponentials(long bytes, double *x, const double *maxAndFactor)
 * </pre>
 *
 * <p>{@code bytes} are those of whole vectors, at least one; {@code maxAndFactor} is two vectors.
 */
final class ExponentialCode {
  private static final Register BYTES = RDI;
  private static final Register X = RSI;
  private static final Register MAX_AND_FACTOR = RDX;
  private static final Register NUMBERS = R10;
  private static final Register AT = RAX; // bytes from the beginning

  private static final int ARGUMENT = 0;
  private static final int SHIFTED = 1;
  private static final int REST = 2; // the power before
  private static final int VALUE = 3;
  private static final int MAX = 4;
  private static final int FACTOR = 5;
  private static final int LOWEST = 8; // and further numbers in the next registers
  private static final int PER_POWER = 9;
  private static final int ROUNDING = 10;
  private static final int MINUS_LN2_HIGH = 11;
  private static final int MINUS_LN2_LOW = 12;
  private static final int BIAS = 13;
  private static final int TAYLOR = 14; // of the highest power first
  private static final int K1 = 1;

  private static final long EXPONENT_BIAS = 1023;
  private static final int FRACTION_BITS = 52;

  private final MathAssembler m;
  private final CodeExponentials.Numbers numbers;

  private ExponentialCode(MathAssembler m, CodeExponentials.Numbers numbers) {
    this.m = m;
    this.numbers = numbers;
  }

  static void write(MathAssembler m, CodeExponentials.Numbers numbers) {
    new ExponentialCode(m, numbers).function();
  }

  private void function() {
    Assembler.Label constants = new Assembler.Label();
    m.address(NUMBERS, constants);
    int terms = numbers.taylor().size();
    for (int i = 0; i < TAYLOR - LOWEST + terms; i++) {
      m.load(LOWEST + i, Operand.at(NUMBERS, i * m.vectorBytes()));
    }
    m.load(MAX, Operand.at(MAX_AND_FACTOR, 0));
    m.load(FACTOR, Operand.at(MAX_AND_FACTOR, m.vectorBytes()));
    m.clear(AT);
    Assembler.Label loop = new Assembler.Label();
    m.align(32);
    m.place(loop);
    vector(terms);
    m.add(AT, m.vectorBytes());
    m.compare(AT, BYTES);
    m.jump(BELOW, loop);
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
    m.place(constants);
    constant(numbers.lowest());
    constant(numbers.perPower());
    constant(numbers.rounding());
    constant(-numbers.ln2High());
    constant(-numbers.ln2Low());
    bits(EXPONENT_BIAS);
    for (int k = terms - 1; k >= 0; k--) {
      constant(numbers.taylor().get(k));
    }
  }

  private void vector(int terms) {
    m.load(ARGUMENT, Operand.at(X, AT, 1));
    m.subtractDoubles(ARGUMENT, ARGUMENT, MAX);
    m.multiplyDoubles(ARGUMENT, ARGUMENT, FACTOR);
    m.notBelowDoubles(K1, ARGUMENT, LOWEST);
    m.greaterDoubles(ARGUMENT, LOWEST, ARGUMENT); // of a NaN and a number the second
    m.move(SHIFTED, ARGUMENT);
    m.timesPlusDoubles(SHIFTED, PER_POWER, ROUNDING);
    m.subtractDoubles(REST, SHIFTED, ROUNDING);
    m.move(VALUE, REST);
    m.timesPlusDoubles(VALUE, MINUS_LN2_HIGH, ARGUMENT);
    m.timesPlusDoubles(REST, MINUS_LN2_LOW, VALUE);
    m.move(VALUE, TAYLOR);
    for (int term = 1; term < terms; term++) {
      m.timesPlusDoubles(VALUE, REST, TAYLOR + term);
    }
    m.addLongs(SHIFTED, SHIFTED, BIAS);
    m.shiftLeft64(SHIFTED, SHIFTED, FRACTION_BITS);
    m.multiplyDoubles(VALUE, VALUE, SHIFTED);
    m.moveMaskedDoubles(VALUE, K1, VALUE);
    m.store(Operand.at(X, AT, 1), VALUE);
  }

  private void constant(double number) {
    bits(Double.doubleToRawLongBits(number));
  }

  private void bits(long bits) {
    for (int lane = 0; lane < m.vectorBytes() / Double.BYTES; lane++) {
      m.int32((int) bits);
      m.int32((int) (bits >> Integer.SIZE));
    }
  }
}
