package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;
import static org.lm4j.backend.cpu.code.Register.RSP;

/**
 * Writes upper bounds of the products of one row with panels of bytes, see {@link CodeBounds}.
 *
 * <pre>
 * long bounds(const float *row, long words, const char *panel, const char *end,
 *             const float *bias, const float *magnitudes, float *out, float *largest)
 * </pre>
 */
final class BoundsCode {
  private static final Register ROW = RDI;
  private static final Register PANEL_BYTES = RSI; // of its words
  private static final Register PANEL = RDX;
  private static final Register END = RCX;
  private static final Register BIAS = R8;
  private static final Register MAGNITUDES = R9;
  private static final Register OUT = R10;
  private static final Register PANEL_END = R11;
  private static final Register WORD = RAX;
  private static final Operand OUT_PARAMETER = Operand.at(RSP, 8); // behind the return address
  private static final Operand LARGEST_PARAMETER = Operand.at(RSP, 16);

  private static final int VECTORS = 4; // of a panel; registers 0 to 3 have the sums
  private static final int STEPS = 4; // to 7
  private static final int PASSING = 8;
  private static final int SECOND = 9;
  private static final int LARGEST = 20;
  private static final int STEP = 21;
  private static final int OF_STEP = 22;
  private static final int OF_MAGNITUDE = 23;
  private static final int AT_LEAST = 24;
  private static final int ABOVE = 25;
  private static final int BELOW_IT = 26;

  private final MathAssembler m;
  private final int width;

  private BoundsCode(MathAssembler m) {
    this.m = m;
    this.width = VECTORS * m.vectorBytes();
  }

  static void write(MathAssembler m) {
    new BoundsCode(m).function();
  }

  private void function() {
    m.load(OUT, OUT_PARAMETER);
    m.load(RAX, LARGEST_PARAMETER);
    m.load(LARGEST, Operand.at(RAX, 0));
    m.multiply(PANEL_BYTES, PANEL_BYTES, width);
    for (int i = 0; i <= BELOW_IT - STEP; i++) {
      m.broadcast(STEP + i, Operand.at(ROW, i * Float.BYTES));
    }
    Assembler.Label next = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.place(next);
    m.compare(PANEL, END);
    m.jump(EQUAL, done);
    sums();
    for (int v = 0; v < VECTORS; v++) {
      bounds(v);
    }
    m.add(BIAS, width);
    m.add(MAGNITUDES, width);
    m.add(OUT, width);
    m.jump(next);
    m.place(done);
    m.load(RAX, LARGEST_PARAMETER);
    m.store(Operand.at(RAX, 0), LARGEST);
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
  }

  /** Adds up the products of a panel; leaves the register at the next one. */
  private void sums() {
    for (int v = 0; v < VECTORS; v++) {
      m.load(v, vector(PANEL, v));
      m.load(STEPS + v, vector(PANEL, VECTORS + v));
    }
    m.add(PANEL, 2 * width);
    m.address(PANEL_END, Operand.at(PANEL, PANEL_BYTES, 1));
    m.address(WORD, Operand.at(ROW, CodeBounds.WORDS));
    Assembler.Label loop = new Assembler.Label();
    m.align(32);
    m.place(loop);
    m.broadcast(PASSING, Operand.at(WORD, 0));
    for (int v = 0; v < VECTORS; v++) {
      m.dotBytes(v, PASSING, vector(PANEL, v));
    }
    m.add(WORD, Integer.BYTES);
    m.add(PANEL, width);
    m.compare(PANEL, PANEL_END);
    m.jump(BELOW, loop);
  }

  /** The operations of the kernels in Java, in their order. */
  private void bounds(int v) {
    m.toFloats(v, v);
    m.multiply(PASSING, STEPS + v, STEP);
    m.multiply(v, v, PASSING);
    m.add(v, v, vector(BIAS, v));
    m.multiplyAdd(v, STEPS + v, OF_STEP);
    m.multiplyAdd(v, OF_MAGNITUDE, vector(MAGNITUDES, v));
    m.multiply(PASSING, v, ABOVE);
    m.multiply(SECOND, v, BELOW_IT);
    m.greater(PASSING, SECOND, PASSING);
    m.add(PASSING, PASSING, AT_LEAST);
    m.store(vector(OUT, v), PASSING);
    m.greater(LARGEST, PASSING, LARGEST);
  }

  private Operand vector(Register base, int vector) {
    return Operand.at(base, vector * m.vectorBytes());
  }
}
