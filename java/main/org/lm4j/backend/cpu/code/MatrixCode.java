package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R12;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RBP;
import static org.lm4j.backend.cpu.code.Register.RBX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;
import static org.lm4j.backend.cpu.code.Register.RSP;

/** Writes functions that copy, add and transpose pieces of matrices. Distances are in bytes. */
final class MatrixCode {
  private static final int LANES = 16;
  private static final int REST = 7; // the mask of a vector that is not whole

  private final MathAssembler m;

  MatrixCode(MathAssembler m) {
    this.m = m;
  }

  /**
   * Writes {@code void copy(long rows, long vectors, long zeros, const float *source, long
   * sourceBytes, float *target, long rowBytes, long vectorBytes, long rest)}. A row is so many
   * vectors, then the lanes of {@code rest}, if any, with zeros behind them, then so many vectors
   * of zeros.
   */
  void copy() {
    Register[] saved = {RBX, RBP, R12};
    for (Register register : saved) {
      m.push(register);
    }
    int stack = Long.BYTES * (saved.length + 1);
    Register rest = RAX;
    m.load(R10, Operand.at(RSP, stack));
    m.load(R11, Operand.at(RSP, stack + Long.BYTES));
    m.load(rest, Operand.at(RSP, stack + 2 * Long.BYTES));
    m.mask(REST, rest);
    m.zero(1);
    Assembler.Label row = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    Assembler.Label whole = new Assembler.Label();
    m.compare(RDI, 0);
    m.jump(EQUAL, done);
    m.place(row);
    m.move(RBX, RCX);
    m.move(RBP, R9);
    repeat(
        RSI,
        () -> {
          m.load(0, Operand.at(RBX, 0));
          m.store(Operand.at(RBP, 0), 0);
          m.add(RBX, m.vectorBytes());
          m.add(RBP, R11);
        });
    m.compare(rest, 0);
    m.jump(EQUAL, whole);
    m.loadMasked(0, REST, Operand.at(RBX, 0));
    m.store(Operand.at(RBP, 0), 0);
    m.add(RBP, R11);
    m.place(whole);
    repeat(
        RDX,
        () -> {
          m.store(Operand.at(RBP, 0), 1);
          m.add(RBP, R11);
        });
    m.add(RCX, R8);
    m.add(R9, R10);
    m.decrement(RDI);
    m.jump(NOT_EQUAL, row);
    m.place(done);
    for (int i = saved.length - 1; i >= 0; i--) {
      m.pop(saved[i]);
    }
    end();
  }

  private void repeat(Register times, Runnable body) {
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label end = new Assembler.Label();
    m.move(R12, times);
    m.compare(R12, 0);
    m.jump(EQUAL, end);
    m.place(loop);
    body.run();
    m.decrement(R12);
    m.jump(NOT_EQUAL, loop);
    m.place(end);
  }

  /**
   * Writes {@code void merge(long rows, long bytes, long rest, const float *tile, long tileBytes,
   * float *c, long cBytes, float alpha, float keep)}: {@code c = alpha · tile + keep · c}, over
   * {@code bytes} of whole vectors of a row and the lanes of {@code rest}.
   *
   * @param adds whether {@code c} is read at all
   */
  void merge(boolean adds) {
    int alpha = 16;
    int keep = 17;
    m.load(R10, Operand.at(RSP, Long.BYTES));
    m.broadcast(alpha, Operand.at(RSP, 2 * Long.BYTES));
    m.broadcast(keep, Operand.at(RSP, 3 * Long.BYTES));
    m.mask(REST, RDX);
    Assembler.Label row = new Assembler.Label();
    Assembler.Label vector = new Assembler.Label();
    Assembler.Label rest = new Assembler.Label();
    Assembler.Label next = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(RDI, 0);
    m.jump(EQUAL, done);
    m.place(row);
    m.clear(RAX);
    m.compare(RSI, 0);
    m.jump(EQUAL, rest);
    m.place(vector);
    m.load(0, Operand.at(RCX, RAX, 1));
    if (adds) {
      m.load(1, Operand.at(R9, RAX, 1));
    }
    merged(adds, alpha, keep);
    m.store(Operand.at(R9, RAX, 1), 0);
    m.add(RAX, m.vectorBytes());
    m.compare(RAX, RSI);
    m.jump(BELOW, vector);
    m.place(rest);
    m.compare(RDX, 0);
    m.jump(EQUAL, next);
    m.load(0, Operand.at(RCX, RAX, 1)); // a tile has whole vectors
    if (adds) {
      m.loadMasked(1, REST, Operand.at(R9, RAX, 1));
    }
    merged(adds, alpha, keep);
    m.storeMasked(Operand.at(R9, RAX, 1), REST, 0);
    m.place(next);
    m.add(RCX, R8);
    m.add(R9, R10);
    m.decrement(RDI);
    m.jump(NOT_EQUAL, row);
    m.place(done);
    end();
  }

  private void merged(boolean adds, int alpha, int keep) {
    if (adds) {
      m.multiply(1, 1, keep);
      m.timesPlus(0, alpha, 1);
    } else {
      m.multiply(0, 0, alpha);
    }
  }

  /**
   * Writes {@code void addRows(long rows, long lanes, const float *matrix, long bytes, float
   * *sums)}: a vector of each row is added to the lanes of {@code sums} that have a bit.
   */
  void addRows() {
    int chains = 4; // sums that need not wait for one another
    m.mask(REST, RSI);
    m.address(R10, Operand.at(RCX, RCX, 2));
    m.address(R11, Operand.at(R10, RCX, 1));
    for (int i = 0; i < chains; i++) {
      m.zero(i);
    }
    Assembler.Label four = new Assembler.Label();
    Assembler.Label one = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.place(four);
    m.compare(RDI, chains);
    m.jump(BELOW, one);
    m.add(0, 0, Operand.at(RDX, 0));
    m.add(1, 1, Operand.at(RDX, RCX, 1));
    m.add(2, 2, Operand.at(RDX, RCX, 2));
    m.add(3, 3, Operand.at(RDX, R10, 1));
    m.add(RDX, R11);
    m.subtract(RDI, chains);
    m.jump(four);
    m.place(one);
    m.compare(RDI, 0);
    m.jump(EQUAL, done);
    m.add(0, 0, Operand.at(RDX, 0));
    m.add(RDX, RCX);
    m.decrement(RDI);
    m.jump(one);
    m.place(done);
    m.add(0, 0, 1);
    m.add(2, 2, 3);
    m.add(0, 0, 2);
    m.loadMasked(1, REST, Operand.at(R8, 0));
    m.add(0, 1, 0);
    m.storeMasked(Operand.at(R8, 0), REST, 0);
    end();
  }

  /**
   * Writes {@code void transpose(long blocks, long count, const float *source, long sourceBytes,
   * float *target, long bytes)}: {@code count} rows, 1 to 16, of so many vectors become so many
   * times 16 rows of a vector, whose lanes from {@code count} on are zero.
   */
  void transpose() {
    m.move(R10, R9);
    m.shiftLeft(R10, 2);
    m.address(R11, Operand.at(R10, R10, 2));
    Assembler.Label block = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(RDI, 0);
    m.jump(EQUAL, done);
    m.place(block);
    loadRows();
    for (int first = 0; first < LANES; first += 4) { // in each 16 bytes: a column of four rows
      m.mergeLow(16, first, first + 1);
      m.mergeHigh(17, first, first + 1);
      m.mergeLow(18, first + 2, first + 3);
      m.mergeHigh(19, first + 2, first + 3);
      m.mergeLowDoubles(first, 16, 18);
      m.mergeHighDoubles(first + 1, 16, 18);
      m.mergeLowDoubles(first + 2, 17, 19);
      m.mergeHighDoubles(first + 3, 17, 19);
    }
    m.move(RAX, R8);
    for (int i = 0; i < 4; i++) { // columns i, i + 4, i + 8 and i + 12
      m.evenQuarters(16, i, i + 4);
      m.oddQuarters(17, i, i + 4);
      m.evenQuarters(18, i + 8, i + 12);
      m.oddQuarters(19, i + 8, i + 12);
      m.evenQuarters(20, 16, 18);
      m.evenQuarters(21, 17, 19);
      m.oddQuarters(22, 16, 18);
      m.oddQuarters(23, 17, 19);
      m.store(Operand.at(RAX, 0), 20);
      m.store(Operand.at(RAX, R10, 1), 21);
      m.store(Operand.at(RAX, R10, 2), 22);
      m.store(Operand.at(RAX, R11, 1), 23);
      m.add(RAX, R9);
    }
    m.add(RDX, m.vectorBytes());
    m.address(R8, Operand.at(R8, R10, 4));
    m.decrement(RDI);
    m.jump(NOT_EQUAL, block);
    m.place(done);
    end();
  }

  /** Loads a vector of each row; registers of rows that are not there become zero. */
  private void loadRows() {
    Assembler.Label[] missing = new Assembler.Label[LANES];
    Assembler.Label ready = new Assembler.Label();
    m.move(RAX, RDX);
    for (int row = 0; row < LANES; row++) {
      if (row > 0) {
        missing[row] = new Assembler.Label();
        m.compare(RSI, row);
        m.jump(EQUAL, missing[row]);
      }
      m.load(row, Operand.at(RAX, 0));
      m.add(RAX, RCX);
    }
    m.jump(ready);
    for (int row = 1; row < LANES; row++) {
      m.place(missing[row]);
      m.zero(row);
    }
    m.place(ready);
  }

  private void end() {
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
  }
}
