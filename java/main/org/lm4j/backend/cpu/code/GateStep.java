package org.lm4j.backend.cpu.code;

/**
 * The parameters of a step of a recurrent cell: 64 bits each in memory, in this order. Addresses
 * are those of the first row and the first vector of units.
 */
public enum GateStep {
  /** Rows, at least 1. */
  ROWS(0),
  /** Bytes of the cell states of a row: whole vectors, at least one. */
  CELL_BYTES(1),
  /** The input's part of the pre-activations. */
  INPUT(2),
  /** Where the numbers of the input's rows are, of 32 bits each; 0 if its rows are in order. */
  IDS(3),
  /** Bytes from one row of gates, or of the input's part, to the next. */
  GATE_STRIDE(4),
  /** The recurrent part of the pre-activations. */
  RECURRENT(5),
  /** Bytes from one row of the recurrent part to the next. */
  RECURRENT_STRIDE(6),
  /** The gates, which are written. */
  GATES(7),
  /** The bias of a row of pre-activations. */
  BIAS(8),
  /** The second bias of the GRU's n gate, as a row of cell states. */
  BIAS_HIDDEN(9),
  /** The cell states before. */
  C_PREVIOUS(10),
  /** The cell states, which are written. */
  C(11),
  /** Their tanh, which is written. */
  TANH_C(12),
  /** Bytes from one row of cell states to the next. */
  CELL_STRIDE(13),
  /** The hidden states before. */
  H_PREVIOUS(14),
  /** The hidden states, which are written. */
  H(15),
  /** Bytes from one row of hidden states to the next. */
  H_STRIDE(16),
  /** The gradient of the hidden states by way of the step behind. */
  D_RECURRENT(17),
  /** Bytes from one row of it to the next. */
  D_RECURRENT_STRIDE(18),
  /** The gradient of the hidden states from above, whose rows lie as those of hidden states. */
  D_OUTPUT(19),
  /** The gradient of the cell states, which becomes that of those before. */
  D_C(20),
  /**
   * The GRU's gradient of the hidden states past the product, whose rows lie as the recurrent ones.
   */
  D_DIRECT(21),
  /** The lanes of the last vector of a row that hidden states have: a bit for each. */
  LAST(22),
  /** A vector that is written and never read. */
  NOTHING(23);

  /** Bytes of all parameters. */
  static final long BYTES = NOTHING.offset() + 64L;

  private final int place;

  GateStep(int place) {
    this.place = place;
  }

  /** Returns the distance in bytes from the first parameter. */
  int offset() {
    return place * Long.BYTES;
  }

  /** Returns the parameter as an operand. */
  Operand of(Register step) {
    return Operand.at(step, offset());
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
