package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
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
 * Writes the product of one row with panels of bf16 in 12 bits each, see {@link CodeSqueezed}.
 *
 * <pre>
 * long squeezed(long panels, const char *row, const char *panel, long panelBytes,
 *               const float *start, long startBytes, float *out)
 * </pre>
 */
final class SqueezedCode {
  private static final Register PANELS = RDI; // that remain
  private static final Register FIRST = RSI; // of the row
  private static final Register PANEL = RDX;
  private static final Register PANEL_BYTES = RCX;
  private static final Register START = R8;
  private static final Register START_BYTES = R9;
  private static final Register OUT = RBX;
  private static final Register ROW = RBP;
  private static final Register BLOCK = R10;
  private static final Register END = R11; // of the blocks
  private static final Register TABLE = R12;
  private static final Register GAP = R13;
  private static final Register PLAIN = R14;
  private static final Register NEXT = R15; // block that is plain, or the end
  private static final Register REST = RAX; // steps behind the last block
  private static final Register[] SAVED = {RBX, RBP, R12, R13, R14, R15};
  private static final Operand OUT_PARAMETER =
      Operand.at(RSP, Long.BYTES * (SAVED.length + 1)); // behind the return address

  private static final int VECTORS = 4; // of the panel; registers 0 to 3 have the sums
  private static final int LEFT = 4;
  private static final int UPPER = 5; // bytes that there are
  private static final int NIBBLE = 6;
  private static final int PLACES = 7;
  private static final int MORE_PLACES = 8;
  private static final int LOWER = 9;
  private static final int MORE_LOWER = 10;
  private static final int WORDS = 11;

  private final MathAssembler m;

  private SqueezedCode(MathAssembler m) {
    this.m = m;
  }

  static void write(MathAssembler m) {
    new SqueezedCode(m).function();
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    m.load(OUT, OUT_PARAMETER);
    Assembler.Label nibble = new Assembler.Label();
    m.load(NIBBLE, nibble);
    Assembler.Label panel = new Assembler.Label();
    m.align(32);
    m.place(panel);
    panel();
    m.add(PANEL, PANEL_BYTES);
    m.add(START, START_BYTES);
    m.add(OUT, VECTORS * m.vectorBytes());
    m.decrement(PANELS);
    m.jump(NOT_EQUAL, panel);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      m.pop(SAVED[i]);
    }
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
    m.place(nibble);
    for (int i = 0; i < m.vectorBytes() / Integer.BYTES; i++) {
      m.int32(0x0f0f_0f0f);
    }
  }

  private void panel() {
    part(BLOCK, CodeSqueezed.BLOCKS);
    part(END, CodeSqueezed.BLOCKS_END);
    part(TABLE, CodeSqueezed.TABLES);
    part(GAP, CodeSqueezed.GAPS);
    part(PLAIN, CodeSqueezed.PLAIN);
    m.load32(REST, Operand.at(PANEL, CodeSqueezed.REST));
    m.move(ROW, FIRST);
    for (int v = 0; v < VECTORS; v++) {
      m.load(v, vector(START, v));
    }
    next();
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label test = new Assembler.Label();
    Assembler.Label rest = new Assembler.Label();
    m.jump(test);
    m.align(32);
    m.place(loop);
    squeezedBlock();
    m.place(test);
    m.compare(BLOCK, NEXT);
    m.jump(NOT_EQUAL, loop);
    m.compare(BLOCK, END);
    m.jump(EQUAL, rest);
    plainBlock();
    next();
    m.jump(test);
    m.place(rest);
    rest();
    for (int v = 0; v < VECTORS; v++) {
      m.store(vector(OUT, v), v);
    }
  }

  /** Finds a part of the panel. */
  private void part(Register register, int place) {
    m.load32(register, Operand.at(PANEL, place));
    m.add(register, PANEL);
  }

  /** Finds the next plain block: a gap behind the last one. */
  private void next() {
    m.load32(NEXT, Operand.at(GAP, 0));
    m.add(NEXT, BLOCK);
    m.add(GAP, Integer.BYTES);
  }

  private void squeezedBlock() {
    m.broadcast128(UPPER, Operand.at(TABLE, 0));
    for (int step = 0; step < CodeSqueezed.BLOCK; step++) {
      int at = step * CodeSqueezed.STEP_BYTES;
      m.load(MORE_PLACES, Operand.at(BLOCK, at + 2 * m.vectorBytes()));
      m.andBits(PLACES, MORE_PLACES, NIBBLE);
      m.shiftRight32(MORE_PLACES, MORE_PLACES, 4);
      m.andBits(MORE_PLACES, MORE_PLACES, NIBBLE);
      m.lookUpBytes(PLACES, UPPER, PLACES);
      m.lookUpBytes(MORE_PLACES, UPPER, MORE_PLACES);
      m.load(LOWER, Operand.at(BLOCK, at));
      m.load(MORE_LOWER, Operand.at(BLOCK, at + m.vectorBytes()));
      m.broadcast(LEFT, Operand.at(ROW, step * Integer.BYTES));
      m.mergeLowBytes(WORDS, LOWER, PLACES);
      m.dotBf16(0, LEFT, WORDS);
      m.mergeHighBytes(WORDS + 1, LOWER, PLACES);
      m.dotBf16(1, LEFT, WORDS + 1);
      m.mergeLowBytes(WORDS + 2, MORE_LOWER, MORE_PLACES);
      m.dotBf16(2, LEFT, WORDS + 2);
      m.mergeHighBytes(WORDS + 3, MORE_LOWER, MORE_PLACES);
      m.dotBf16(3, LEFT, WORDS + 3);
    }
    advance();
  }

  private void plainBlock() {
    for (int step = 0; step < CodeSqueezed.BLOCK; step++) {
      plainStep();
    }
    m.subtract(ROW, CodeSqueezed.BLOCK * Integer.BYTES);
    advance();
  }

  private void advance() {
    m.add(BLOCK, CodeSqueezed.BLOCK * CodeSqueezed.STEP_BYTES);
    m.add(TABLE, CodeSqueezed.TABLE_BYTES);
    m.add(ROW, CodeSqueezed.BLOCK * Integer.BYTES);
  }

  private void plainStep() {
    m.broadcast(LEFT, Operand.at(ROW, 0));
    for (int v = 0; v < VECTORS; v++) {
      m.dotBf16(v, LEFT, vector(PLAIN, v));
    }
    m.add(PLAIN, VECTORS * m.vectorBytes());
    m.add(ROW, Integer.BYTES);
  }

  private void rest() {
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(REST, 0);
    m.jump(EQUAL, done);
    m.align(32);
    m.place(loop);
    plainStep();
    m.decrement(REST);
    m.jump(NOT_EQUAL, loop);
    m.place(done);
  }

  private Operand vector(Register base, int vector) {
    return Operand.at(base, vector * m.vectorBytes());
  }
}
