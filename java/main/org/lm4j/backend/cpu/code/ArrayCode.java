package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;

/**
 * Writes functions of arrays of floats.
 *
 * <pre>
 * void function(long bytes, long rest, float *x, float *y, float *z, float *u, ...)
 * </pre>
 *
 * <p>{@code bytes} are those of whole vectors; {@code rest} has a bit for each lane of one more
 * vector behind them, or none.
 */
abstract class ArrayCode {
  static final Register BYTES = Register.RDI;
  static final Register REST = Register.RSI;
  static final Register X = Register.RDX;
  static final Register Y = Register.RCX;
  static final Register Z = Register.R8;
  static final Register U = Register.R9;
  static final Register NUMBERS = Register.R10;
  static final Register AT = Register.RAX; // bytes from the beginning of each array

  static final int LANES_OF_REST = 7; // the mask
  static final int FIRST_NUMBER = 16; // broadcast, as many as a function has

  final MathAssembler m;
  private boolean whole; // whether all lanes of the current vector are there

  ArrayCode(MathAssembler m) {
    this.m = m;
  }

  /** Returns whether the current vector has all its lanes. */
  final boolean whole() {
    return whole;
  }

  /** Returns a parameter behind the first six, as an operand. */
  static Operand parameter(int place) {
    return Operand.at(Register.RSP, (place - 5) * Long.BYTES); // behind the address to return to
  }

  /** Broadcasts floats from the seventh parameter on; returns the first register. */
  final int parameters(int count) {
    for (int i = 0; i < count; i++) {
      m.broadcast(FIRST_NUMBER + i, parameter(6 + i));
    }
    return FIRST_NUMBER;
  }

  /** Writes a loop over the vectors of the arrays, and what it does for the one behind them. */
  final void loop(Runnable body) {
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

  /**
   * Writes the loading of the current vector of an array, with zeros for lanes it does not have.
   */
  final void load(int to, Register from) {
    if (whole) {
      m.load(to, Operand.at(from, AT, 1));
    } else {
      m.loadMasked(to, LANES_OF_REST, Operand.at(from, AT, 1));
    }
  }

  /** Writes the storing of the current vector of an array. */
  final void store(Register to, int from) {
    if (whole) {
      m.store(Operand.at(to, AT, 1), from);
    } else {
      m.storeMasked(Operand.at(to, AT, 1), LANES_OF_REST, from);
    }
  }

  /** Writes the end of a function. */
  final void end() {
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
  }
}
