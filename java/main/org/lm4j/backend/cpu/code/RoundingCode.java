package org.lm4j.backend.cpu.code;

/**
 * Writes what {@code kernel.Int8Kernels} does to rows beside products: rounding to steps and
 * scaling of sums, by the operations of its Vector API form, in their order.
 */
final class RoundingCode extends ArrayCode {
  private static final int PARTS = 4; // of a row, whose bytes share words

  RoundingCode(MathAssembler m) {
    super(m);
  }

  /** Writes the bits of the largest magnitude of {@code x} to {@code y}; the seventh is a mask. */
  void most() {
    int magnitude = parameters(1);
    int most = 8; // as a whole number, which has the order of magnitudes, a NaN above all
    int other = 9;
    m.zero(most);
    loop(
        () -> {
          load(0, X);
          m.andBits(0, 0, magnitude);
          m.largerInts(most, most, 0);
        });
    m.upperHalf512(other, most);
    m.largerInts(most, most, other);
    m.upperHalf256(other, most);
    m.largerInts(most, most, other);
    m.upperHalves128(other, most, most);
    m.largerInts(most, most, other);
    m.odd128(other, most);
    m.largerInts(most, most, other);
    m.storeOne(Operand.at(Y, 0), most);
    end();
  }

  /**
   * Writes whole vectors of words of steps to {@code y}; {@code z} is the number of bytes from a
   * quarter of {@code x} to the next. The seventh parameter is the number of steps of one, the
   * eighth what rounds when it is added, the ninth the whole number to add to the bits then, and
   * the tenth has the bits that remain.
   */
  void words() {
    int stepsOfOne = parameters(PARTS);
    int whole = stepsOfOne + 1;
    int offset = stepsOfOne + 2;
    int lowest = stepsOfOne + 3;
    Register[] quarters = {X, Register.R10, Register.R11, U};
    for (int i = 1; i < PARTS; i++) {
      m.move(quarters[i], quarters[i - 1]);
      m.add(quarters[i], Z);
    }
    vectors(
        () -> {
          for (int i = 0; i < PARTS; i++) {
            load(i, quarters[i]);
            m.multiply(i, i, stepsOfOne);
            m.add(i, i, whole);
            m.addInts(i, i, offset);
            m.andBits(i, i, lowest);
            if (i > 0) {
              m.shiftLeft32(i, i, i * Byte.SIZE);
              m.orBits(0, 0, i);
            }
          }
          store(Y, 0);
        });
    end();
  }

  /**
   * Writes {@code u = z + x · (step · y)} over whole vectors, {@code x} whole numbers; {@code step}
   * is the seventh parameter.
   */
  void scale() {
    int step = parameters(1);
    vectors(
        () -> {
          load(0, X);
          m.toFloats(0, 0);
          load(1, Y);
          m.multiply(1, 1, step);
          m.multiply(0, 0, 1);
          load(1, Z);
          m.add(0, 0, 1);
          store(U, 0);
        });
    end();
  }
}
