package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R12;
import static org.lm4j.backend.cpu.code.Register.R13;
import static org.lm4j.backend.cpu.code.Register.R14;
import static org.lm4j.backend.cpu.code.Register.R15;
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
 * Writes the product of rows with one packed panel: a loop over tiles of rows, as even as can be,
 * each of whose sums stay in a register over the whole depth.
 *
 * <pre>
 * long panel(long rows, long depth, const char *a, long rowBytes, long stepBytes,
 *            const char *panel, const float *start, float *c, long cBytes, long add)
 * </pre>
 *
 * <p>A step of the depth takes 32 bits of each row of {@code a}: one float, two bf16 or four bytes.
 */
final class PanelCode {
  // Where the parameters are during a call; a tile uses rax, rdx and r15 besides.
  private static final Register ROWS = RDI; // that remain
  private static final Register END = RSI; // of the panel
  private static final Register A = RBX; // first row of the tile
  private static final Register ROW_BYTES = RCX;
  private static final Register STEP_BYTES = R8;
  private static final Register PANEL = R9;
  private static final Register START = R10;
  private static final Register C = R11; // first row of the tile
  private static final Register C_BYTES = R12;
  private static final Register ROW_3 = R13; // three times ROW_BYTES
  private static final Register ROW_5 = R14;
  private static final Register TILES = RBP; // that remain
  private static final Register[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  // Parameters on the stack, behind the saved registers and the return address.
  private static final int STACK = Long.BYTES * (SAVED.length + 1);
  private static final Operand START_PARAMETER = Operand.at(RSP, STACK);
  private static final Operand C_PARAMETER = Operand.at(RSP, STACK + 8);
  private static final Operand C_BYTES_PARAMETER = Operand.at(RSP, STACK + 16);
  private static final Operand ADD_PARAMETER = Operand.at(RSP, STACK + 24);

  // Where the panel, six rows of a, and the six below them are during the loop over the depth.
  private static final Register AT_PANEL = RAX;
  private static final Register AT_A = RDX;
  private static final Register AT_A_BELOW = R15;
  private static final int ROWS_OF_ONE = 6;

  private static final int LOOP_ALIGNMENT = 32;

  /** What is added to a sum. */
  enum Product {
    /** One float of a row times one of the panel, rounded once with the sum. */
    FLOAT32,
    /** Two bf16 of a row times two of the panel. */
    BF16,
    /** Four bytes without sign of a row times four with sign of the panel; sums are int32. */
    BYTES
  }

  private final VectorAssembler m;
  private final Product product;
  private final int vectors;
  private final int mostRows;

  private PanelCode(VectorAssembler m, Product product, int vectors) {
    this.m = m;
    this.product = product;
    this.vectors = vectors;
    this.mostRows = mostRows(m.registers(), vectors);
  }

  /** Writes the function for panels of so many vectors. */
  static void write(VectorAssembler m, Product product, int vectors) {
    new PanelCode(m, product, vectors).function();
  }

  /** Rows whose sums fit into the registers, beside what they are the sums of. */
  static int mostRows(int registers, int vectors) {
    int most = 1;
    for (int rows = 2; rows <= 2 * ROWS_OF_ONE; rows++) {
      if (rows * vectors + Math.min(rows, vectors) + 1 <= registers) {
        most = rows;
      }
    }
    return most;
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    m.move(A, RDX);
    m.load(START, START_PARAMETER);
    m.load(C, C_PARAMETER);
    m.load(C_BYTES, C_BYTES_PARAMETER);
    m.address(ROW_3, Operand.at(ROW_BYTES, ROW_BYTES, 2));
    m.address(ROW_5, Operand.at(ROW_BYTES, ROW_BYTES, 4));
    m.multiply(END, RSI, panelBytes());
    m.add(END, PANEL);
    m.address(RAX, Operand.at(ROWS, mostRows - 1)); // tiles = (rows + mostRows - 1) / mostRows
    m.clear(RDX);
    m.move(TILES, mostRows);
    m.divide(TILES);
    m.move(TILES, RAX);

    Assembler.Label next = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.place(next);
    m.compare(TILES, 0);
    m.jump(EQUAL, done);
    m.move(RAX, ROWS); // of this tile: the rows that remain / the tiles that remain
    m.clear(RDX);
    m.divide(TILES);
    Assembler.Label[] tiles = new Assembler.Label[mostRows + 1];
    for (int rows = mostRows; rows > 1; rows--) {
      tiles[rows] = new Assembler.Label();
      m.compare(RAX, rows);
      m.jump(EQUAL, tiles[rows]);
    }
    for (int rows = 1; rows <= mostRows; rows++) {
      if (rows > 1) {
        m.place(tiles[rows]);
      }
      tile(rows);
      m.subtract(ROWS, rows);
      m.decrement(TILES);
      m.jump(next);
    }
    m.place(done);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      m.pop(SAVED[i]);
    }
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  private int panelBytes() {
    return vectors * m.vectorBytes();
  }

  /** Computes some rows; leaves A and C at the row below them. */
  private void tile(int rows) {
    for (int v = 0; v < vectors; v++) {
      m.load(sum(0, v), vector(START, v));
      for (int r = 1; r < rows; r++) {
        m.move(sum(r, v), sum(0, v));
      }
    }
    m.move(AT_A, A);
    if (rows > ROWS_OF_ONE) {
      m.address(AT_A_BELOW, Operand.at(A, ROW_3, 2));
    }
    m.move(AT_PANEL, PANEL);
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label end = new Assembler.Label();
    m.compare(AT_PANEL, END);
    m.jump(EQUAL, end);
    m.align(LOOP_ALIGNMENT);
    m.place(loop);
    step(rows);
    m.add(AT_A, STEP_BYTES);
    if (rows > ROWS_OF_ONE) {
      m.add(AT_A_BELOW, STEP_BYTES);
    }
    m.add(AT_PANEL, panelBytes());
    m.compare(AT_PANEL, END);
    m.jump(BELOW, loop);
    m.place(end);
    results(rows);
    m.multiply(RAX, ROW_BYTES, rows);
    m.add(A, RAX);
  }

  /** Adds the products of one step; keeps in registers what is used more often. */
  private void step(int rows) {
    int held = rows * vectors; // the first register without a sum
    if (rows == 1) {
      m.broadcast(held, left(0));
      for (int v = 0; v < vectors; v++) {
        add(sum(0, v), held, vector(AT_PANEL, v));
      }
    } else if (rows < vectors) {
      for (int r = 0; r < rows; r++) {
        m.broadcast(held + r, left(r));
      }
      for (int v = 0; v < vectors; v++) {
        int right = passing(held + rows, v);
        m.load(right, vector(AT_PANEL, v));
        for (int r = 0; r < rows; r++) {
          add(sum(r, v), held + r, right);
        }
      }
    } else {
      for (int v = 0; v < vectors; v++) {
        m.load(held + v, vector(AT_PANEL, v));
      }
      for (int r = 0; r < rows; r++) {
        int left = passing(held + vectors, r);
        m.broadcast(left, left(r));
        for (int v = 0; v < vectors; v++) {
          add(sum(r, v), left, held + v);
        }
      }
    }
  }

  /** A register for what is used at once: two in turn where there are two. */
  private int passing(int first, int turn) {
    return first + 1 < m.registers() ? first + (turn & 1) : first;
  }

  private void results(int rows) {
    Assembler.Label plain = new Assembler.Label();
    m.compare(ADD_PARAMETER, 0);
    m.jump(EQUAL, plain);
    m.move(RDX, C);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        if (product == Product.BYTES) {
          m.addInts(sum(r, v), sum(r, v), vector(RDX, v));
        } else {
          m.add(sum(r, v), sum(r, v), vector(RDX, v));
        }
      }
      m.add(RDX, C_BYTES);
    }
    m.place(plain);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        m.store(vector(C, v), sum(r, v));
      }
      m.add(C, C_BYTES);
    }
  }

  private void add(int sum, int left, int right) {
    switch (product) {
      case FLOAT32 -> m.multiplyAdd(sum, left, right);
      case BF16 -> m.dotBf16(sum, left, right);
      case BYTES -> m.dotBytes(sum, left, right);
    }
  }

  private void add(int sum, int left, Operand right) {
    switch (product) {
      case FLOAT32 -> m.multiplyAdd(sum, left, right);
      case BF16 -> m.dotBf16(sum, left, right);
      case BYTES -> m.dotBytes(sum, left, right);
    }
  }

  private int sum(int row, int vector) {
    return row * vectors + vector;
  }

  private Operand vector(Register base, int vector) {
    return Operand.at(base, vector * m.vectorBytes());
  }

  private static Operand left(int row) {
    Register base = row < ROWS_OF_ONE ? AT_A : AT_A_BELOW;
    return switch (row % ROWS_OF_ONE) {
      case 0 -> Operand.at(base, 0);
      case 1 -> Operand.at(base, ROW_BYTES, 1);
      case 2 -> Operand.at(base, ROW_BYTES, 2);
      case 3 -> Operand.at(base, ROW_3, 1);
      case 4 -> Operand.at(base, ROW_BYTES, 4);
      default -> Operand.at(base, ROW_5, 1);
    };
  }
}
