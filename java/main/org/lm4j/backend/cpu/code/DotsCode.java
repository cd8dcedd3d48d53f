package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
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

/**
 * Writes the products of many rows with one vector, bound by reading the rows.
 *
 * <pre>
 * void dots(long rows, long whole, const float *w, const float *x, float *out, long rowBytes,
 *           long mask)
 * </pre>
 *
 * <p>{@code whole} is the bytes of a row's whole vectors; {@code mask} is for the rest of a row, 0
 * if there is none: with vectors of 64 bytes a bit for each lane, else the address of a vector that
 * has their signs set. Each lane adds up its products in the order of the row, each rounded once
 * with the sum; then halves are added to halves, down to four lanes, of which 0 and 2 are added, 1
 * and 3, and both sums.
 */
final class DotsCode {
  private static final Register ROWS = RDI; // that remain
  private static final Register END_X = RSI; // of the whole vectors
  private static final Register W = RDX; // first row of the group
  private static final Register X = RCX;
  private static final Register OUT = R8;
  private static final Register ROW_BYTES = R9;
  private static final Register ROW_3 = R10;
  private static final Register AT_W = R11;
  private static final Register AT_W_BELOW = RAX; // four rows below
  private static final Register AT_X = RBX;
  private static final Register[] SAVED = {RBX, RBP};
  private static final Operand MASK =
      Operand.at(RSP, Long.BYTES * (SAVED.length + 1)); // the seventh parameter

  private static final int MOST_ROWS = 8;
  private static final int VECTOR_X = 8; // registers 0 to 7 have the sums
  private static final int PASSING = 9;
  private static final int SECOND = 10;
  private static final int MASK_VECTOR = 11;
  private static final int K1 = 1;

  private final VectorAssembler m;
  private final boolean wide;

  private DotsCode(VectorAssembler m) {
    this.m = m;
    this.wide = m.vectorBytes() == 64;
  }

  static void write(VectorAssembler m) {
    new DotsCode(m).function();
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    m.add(END_X, X);
    m.address(ROW_3, Operand.at(ROW_BYTES, ROW_BYTES, 2));
    m.load(RBP, MASK);
    Assembler.Label whole = new Assembler.Label();
    m.compare(RBP, 0);
    m.jump(EQUAL, whole);
    if (wide) {
      m.mask(K1, RBP);
    } else {
      m.load(MASK_VECTOR, Operand.at(RBP, 0));
    }
    m.place(whole);
    Assembler.Label fewer = new Assembler.Label();
    groups(MOST_ROWS, fewer);
    m.place(fewer);
    Assembler.Label single = new Assembler.Label();
    groups(4, single);
    m.place(single);
    Assembler.Label done = new Assembler.Label();
    groups(1, done);
    m.place(done);
    m.pop(RBP);
    m.pop(RBX);
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  /** As many groups of some rows as there are. */
  private void groups(int rows, Assembler.Label none) {
    Assembler.Label next = new Assembler.Label();
    m.place(next);
    m.compare(ROWS, rows);
    m.jump(BELOW, none);
    sums(rows);
    if (rows == 1) {
      fold(0, 1);
      m.upperHalves128(PASSING, 0, 0);
      m.add128(0, 0, PASSING);
      m.odd128(PASSING, 0);
      m.add128(0, 0, PASSING);
      m.storeOne(Operand.at(OUT, 0), 0);
      m.add(W, ROW_BYTES);
    } else {
      for (int row = 0; row < rows; row += 4) {
        four(row);
        m.store128(Operand.at(OUT, row * Float.BYTES), row);
      }
      m.address(W, Operand.at(W, ROW_BYTES, rows));
    }
    m.add(OUT, rows * Float.BYTES);
    m.subtract(ROWS, rows);
    m.jump(next);
  }

  private void sums(int rows) {
    for (int row = 0; row < rows; row++) {
      m.zero(row);
    }
    m.move(AT_X, X);
    m.move(AT_W, W);
    if (rows > 4) {
      m.address(AT_W_BELOW, Operand.at(W, ROW_BYTES, 4));
    }
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label rest = new Assembler.Label();
    m.compare(AT_X, END_X);
    m.jump(EQUAL, rest);
    m.align(32);
    m.place(loop);
    m.load(VECTOR_X, Operand.at(AT_X, 0));
    for (int row = 0; row < rows; row++) {
      m.multiplyAdd(row, VECTOR_X, row(row));
    }
    m.add(AT_X, m.vectorBytes());
    m.add(AT_W, m.vectorBytes());
    if (rows > 4) {
      m.add(AT_W_BELOW, m.vectorBytes());
    }
    m.compare(AT_X, END_X);
    m.jump(BELOW, loop);
    m.place(rest);
    Assembler.Label end = new Assembler.Label();
    m.compare(RBP, 0);
    m.jump(EQUAL, end);
    masked(VECTOR_X, Operand.at(AT_X, 0));
    for (int row = 0; row < rows; row++) {
      masked(PASSING, row(row));
      m.multiplyAdd(row, VECTOR_X, PASSING);
    }
    m.place(end);
  }

  private void masked(int to, Operand from) {
    if (wide) {
      m.loadMasked(to, K1, from);
    } else {
      m.loadSigned(to, MASK_VECTOR, from);
    }
  }

  private static Operand row(int row) {
    Register base = row < 4 ? AT_W : AT_W_BELOW;
    return switch (row % 4) {
      case 0 -> Operand.at(base, 0);
      case 1 -> Operand.at(base, ROW_BYTES, 1);
      case 2 -> Operand.at(base, ROW_BYTES, 2);
      default -> Operand.at(base, ROW_3, 1);
    };
  }

  /** Adds halves to halves, down to four lanes. */
  private void fold(int first, int count) {
    for (int row = first; row < first + count; row++) {
      if (wide) {
        m.upperHalf512(PASSING, row);
        m.add256(row, row, PASSING);
      }
      m.upperHalf256(PASSING, row);
      m.add128(row, row, PASSING);
    }
  }

  /** The sums of the lanes of four registers, in the first of them. */
  private void four(int first) {
    fold(first, 4);
    evenAndOdd(first);
    evenAndOdd(first + 2);
    m.lowerHalves128(PASSING, first, first + 2);
    m.upperHalves128(SECOND, first + 2, first);
    m.add128(first, PASSING, SECOND);
  }

  /** Lanes 0 and 2 of two registers added, and lanes 1 and 3: (even, even, odd, odd). */
  private void evenAndOdd(int first) {
    m.unpackLow128(PASSING, first, first + 1);
    m.unpackHigh128(SECOND, first, first + 1);
    m.add128(first, PASSING, SECOND);
  }
}
