package org.lm4j.backend.cpu.code;

/**
 * The parameters of a step of a recurrent cell: 64 bits each in memory, in this order. Addresses
 * are those of the first row and the first vector of units.
 */
public enum GateStep {
  /** Rows, at least 1. */
  ROWS,
  /** Bytes of the cell states of a row: whole vectors, at least one. */
  CELL_BYTES,
  /** The input's part of the pre-activations. */
  INPUT,
  /** Where the numbers of the input's rows are, of 32 bits each; 0 if its rows are in order. */
  IDS,
  /** Bytes from one row of gates, or of the input's part, to the next. */
  GATE_STRIDE,
  /** The recurrent part of the pre-activations. */
  RECURRENT,
  /** Bytes from one row of the recurrent part to the next. */
  RECURRENT_STRIDE,
  /** The gates, which are written. */
  GATES,
  /** The bias of a row of pre-activations. */
  BIAS,
  /** The second bias of the GRU's n gate, as a row of cell states. */
  BIAS_HIDDEN,
  /** The cell states before. */
  C_PREVIOUS,
  /** The cell states, which are written. */
  C,
  /** Their tanh, which is written. */
  TANH_C,
  /** Bytes from one row of cell states to the next. */
  CELL_STRIDE,
  /** The hidden states before. */
  H_PREVIOUS,
  /** The hidden states, which are written. */
  H,
  /** Bytes from one row of hidden states to the next. */
  H_STRIDE,
  /** The gradient of the hidden states by way of the step behind. */
  D_RECURRENT,
  /** Bytes from one row of it to the next. */
  D_RECURRENT_STRIDE,
  /** The gradient of the hidden states from above, whose rows lie as those of hidden states. */
  D_OUTPUT,
  /** The gradient of the cell states, which becomes that of those before. */
  D_C,
  /**
   * The GRU's gradient of the hidden states past the product, whose rows lie as the recurrent ones.
   */
  D_DIRECT,
  /** The lanes of the last vector of a row that hidden states have: a bit for each. */
  LAST,
  /** A vector that is written and never read. */
  NOTHING;

  /** Bytes of all parameters. */
  static final long BYTES = (long) NOTHING.ordinal() * Long.BYTES + 64;

  /** Returns the parameter as an operand. */
  Operand of(Register step) {
    return Operand.at(step, ordinal() * Long.BYTES);
  }

  /**
   * Writes the loading of the address of the next row of the input's part.
   *
   * @param passing a register that it may use
   */
  static void nextInput(Assembler m, Register step, Register to, Register passing) {
    Assembler.Label inOrder = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.load(to, INPUT.of(step));
    m.load(passing, IDS.of(step));
    m.compare(passing, 0);
    m.jump(Assembler.Condition.EQUAL, inOrder);
    m.add(IDS.of(step), Integer.BYTES);
    m.load32(passing, Operand.at(passing, 0));
    m.multiply(passing, GATE_STRIDE.of(step));
    m.add(to, passing);
    m.jump(done);
    m.place(inOrder);
    m.load(passing, GATE_STRIDE.of(step));
    m.add(passing, to);
    m.store(INPUT.of(step), passing);
    m.place(done);
  }
}
