package org.lm4j.backend.cpu.code;

/** General-purpose registers of 64 bits, in the order of their numbers in instructions. */
enum Register {
  RAX,
  RCX,
  RDX,
  RBX,
  RSP,
  RBP,
  RSI,
  RDI,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15;

  /** The number's lowest three bits, which fit into an operand. */
  int low() {
    return ordinal() & 7;
  }

  /** The number's fourth bit, which goes into a prefix. */
  int high() {
    return ordinal() >> 3;
  }
}
