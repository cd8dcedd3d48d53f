package org.lm4j.backend.cpu.code;

/** What a step of an optimizer is computed with: floats in memory, in this order. */
public enum UpdateNumber {
  /** L2 penalty: times a weight it is added to the gradient. */
  DECAY(0),
  /** What each gradient is multiplied by first. */
  SCALE(1),
  /** The learning rate, with the opposite sign. */
  RATE(2),
  /** What a first moment is multiplied by. */
  MOMENTUM(3),
  /** The factor of a new value in it. */
  FRESH(4),
  /** What Adam's second moment is multiplied by. */
  BETA_2(5),
  /** The factor of a new square in it. */
  FRESH_2(6),
  /** What Adam multiplies a root by. */
  ROOT(7),
  /** What is added to a root. */
  EPSILON(8),
  /** What a weight is multiplied by first; 1 for dynamic evaluation. */
  KEEP(9),
  /** Times a root it is the share of the way back to the trained weights. */
  BACK(10);

  /** Bytes of all numbers. */
  static final long BYTES = (BACK.place + 1) * (long) Float.BYTES;

  private final int place;

  UpdateNumber(int place) {
    this.place = place;
  }

  /** Returns the distance in bytes from the first number. */
  int offset() {
    return place * Float.BYTES;
  }

  /** Returns the register that a step has it in, in every lane. */
  int register() {
    return ArrayCode.FIRST_NUMBER + place;
  }
}
