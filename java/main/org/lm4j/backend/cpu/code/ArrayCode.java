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
    vectors(body);
    rest(body);
  }

  /** Writes a loop over the whole vectors of the arrays. */
  final void vectors(Runnable body) {
    Assembler.Label vector = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.clear(AT);
    m.compare(BYTES, 0);
    m.jump(EQUAL, done);
    m.align(32);
    m.place(vector);
    whole = true;
    body.run();
    m.add(AT, m.vectorBytes());
    m.compare(AT, BYTES);
    m.jump(BELOW, vector);
    m.place(done);
  }

  /** Writes what is done for the vector behind the whole ones, if there is one. */
  final void rest(Runnable body) {
    Assembler.Label done = new Assembler.Label();
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

  /**
   * Writes the maxima of the lanes over the whole vectors of {@code x}, to register 0; of a NaN and
   * a number the number. {@code z} is the number of bytes in whole groups of four vectors, and
   * {@code scratch} where four bytes may be written. Registers 1 to 7 are changed.
   */
  final void largestLanes(Register scratch) {
    int chains = 4; // comparisons that need not wait for one another
    int next = chains;
    m.clear(AT);
    m.move(Register.R11, 0xff800000); // the bits of negative infinity
    m.store32(Operand.at(scratch, 0), Register.R11);
    for (int i = 0; i < chains; i++) {
      m.broadcast(i, Operand.at(scratch, 0));
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
    for (int i = 1; i < chains; i++) {
      m.greater(0, i, 0);
    }
  }

  /**
   * Writes the largest lane of a register, none of them a NaN, to its first lane: of both zeros the
   * positive one.
   *
   * @param register among the first 16, as are the next two, which are changed
   */
  final void largestOf(int register) {
    int other = register + 1;
    m.upperHalf512(other, register);
    larger(register, other);
    m.upperHalf256(other, register);
    larger(register, other);
    m.upperHalves128(other, register, register);
    larger(register, other);
    m.odd128(other, register);
    larger(register, other);
  }

  /** Where both are zeros, either order gives the second, and a common sign is that of both. */
  private void larger(int to, int other) {
    int passing = other + 1;
    m.greater(passing, to, other);
    m.greater(to, other, to);
    m.andBits(to, to, passing);
  }

  /** Writes the end of a function. */
  final void end() {
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
  }
}
