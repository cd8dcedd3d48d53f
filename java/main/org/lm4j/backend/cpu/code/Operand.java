package org.lm4j.backend.cpu.code;

import org.jspecify.annotations.Nullable;

/**
 * An operand in memory: {@code [base + index · scale + offset]}.
 *
 * @param index null for none
 * @param scale 1, 2, 4 or 8
 * @param offset in bytes
 */
record Operand(Register base, @Nullable Register index, int scale, int offset) {
  /** {@code [base + offset]}. */
  static Operand at(Register base, int offset) {
    return new Operand(base, null, 1, offset);
  }

  /** {@code [base + index · scale]}. */
  static Operand at(Register base, Register index, int scale) {
    return new Operand(base, index, scale, 0);
  }

  /** The index's fourth bit. */
  int indexHigh() {
    return index == null ? 0 : index.high();
  }
}
