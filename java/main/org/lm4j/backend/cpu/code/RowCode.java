package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
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
 * Writes the product of one row with adjacent panels, whose weights are read straight through: a
 * call for each panel would take a tenth of the time of its product.
 *
 * <pre>
 * long row(long panels, long depth, const char *a, const char *panel, const float *start,
 *          long startBytes, float *c)
 * </pre>
 *
 * <p>A step of the depth takes 32 bits of {@code a}; each panel has its row of {@code start},
 * {@code startBytes} after the one before, and of {@code c}. In bytes a panel begins with the row
 * of ints that its sums begin with and a row of floats; {@code c = start + sum · (step · floats)},
 * and the float {@code step} is {@link #BYTES_BEFORE} before {@code a}.
 */
final class RowCode {
  /** From the step of a row of bytes to its words. */
  static final int BYTES_BEFORE = 64;

  private static final Register PANELS = RDI; // that remain
  private static final Register END = RSI; // of a
  private static final Register A = RDX;
  private static final Register PANEL = RCX;
  private static final Register START = R8;
  private static final Register START_BYTES = R9;
  private static final Register C = R10;
  private static final Register FLOATS = R11; // of this panel
  private static final Register AT_A = RAX;
  private static final Operand C_PARAMETER = Operand.at(RSP, 8); // behind the return address

  private static final int VECTORS = CodeTiles.MOST_VECTORS; // registers 0 to 3 have the sums
  private static final int LEFT = VECTORS;
  private static final int STEP = VECTORS + 1;

  private final VectorAssembler m;
  private final PanelCode.Product product;

  private RowCode(VectorAssembler m, PanelCode.Product product) {
    this.m = m;
    this.product = product;
  }

  /** Writes the function for float32 or bf16. */
  static void write(VectorAssembler m, PanelCode.Product product) {
    RowCode code = new RowCode(m, product);
    code.function(() -> code.begin(START), () -> {});
  }

  /** Writes the function for bytes. */
  static void writeBytes(MathAssembler m) {
    RowCode code = new RowCode(m, PanelCode.Product.BYTES);
    code.function(code::beginBytes, () -> code.scale(m));
  }

  private void function(Runnable begin, Runnable scale) {
    m.load(C, C_PARAMETER);
    m.address(END, Operand.at(A, END, Integer.BYTES));
    if (product == PanelCode.Product.BYTES) {
      m.broadcast(STEP, Operand.at(A, -BYTES_BEFORE));
    }
    Assembler.Label next = new Assembler.Label();
    Assembler.Label loop = new Assembler.Label();
    m.place(next);
    begin.run();
    m.move(AT_A, A);
    m.align(32);
    m.place(loop);
    m.broadcast(LEFT, Operand.at(AT_A, 0));
    for (int v = 0; v < VECTORS; v++) {
      addProduct(v, vector(PANEL, v));
    }
    m.add(PANEL, VECTORS * m.vectorBytes());
    m.add(AT_A, Integer.BYTES);
    m.compare(AT_A, END);
    m.jump(BELOW, loop);
    scale.run();
    for (int v = 0; v < VECTORS; v++) {
      m.store(vector(C, v), v);
    }
    m.add(C, VECTORS * m.vectorBytes());
    m.add(START, START_BYTES);
    m.decrement(PANELS);
    m.jump(NOT_EQUAL, next);
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  private void begin(Register from) {
    for (int v = 0; v < VECTORS; v++) {
      m.load(v, vector(from, v));
    }
  }

  private void beginBytes() {
    begin(PANEL);
    m.address(FLOATS, Operand.at(PANEL, VECTORS * m.vectorBytes()));
    m.add(PANEL, 2 * VECTORS * m.vectorBytes());
  }

  private void scale(MathAssembler math) {
    for (int v = 0; v < VECTORS; v++) {
      math.multiply(LEFT, STEP, vector(FLOATS, v));
      math.toFloats(v, v);
      math.multiply(v, v, LEFT);
      math.add(v, v, vector(START, v));
    }
  }

  private void addProduct(int sum, Operand right) {
    switch (product) {
      case FLOAT32 -> m.multiplyAdd(sum, LEFT, right);
      case BF16 -> m.dotBf16(sum, LEFT, right);
      case BYTES -> m.dotBytes(sum, LEFT, right);
    }
  }

  private Operand vector(Register base, int vector) {
    return Operand.at(base, vector * m.vectorBytes());
  }
}
