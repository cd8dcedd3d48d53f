package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes the backward pass of a step of a cell. Arrays of hidden states may end with the last unit,
 * so that the last vector of a row is read by its lanes.
 */
abstract class BackwardGateCode extends GateCode {
  static final Register GATES = Register.RSI; // which become the gradients of their pre-activations
  static final Register DH = Register.RDX; // from the step behind
  static final Register DY = Register.RCX; // from the layer above
  static final int ONE = 9; // a vector of ones

  private static final Register LAST_BUT_ONE = Register.R11; // vectors before are whole
  private static final int SECOND = 8;

  private final FunctionCode functions;

  /**
   * Creates a writer.
   *
   * @param others pointers of the cell, beside those to gates and to gradients of hidden states
   */
  BackwardGateCode(MathAssembler m, FunctionCode functions, int gates, List<Pointer> others) {
    super(m, gates, List.of(), pointers(others));
    this.functions = functions;
  }

  private static List<Pointer> pointers(List<Pointer> others) {
    List<Pointer> all = new ArrayList<>();
    all.add(new Pointer(GATES, GateStep.GATES, GateStep.GATE_STRIDE));
    all.add(new Pointer(DH, GateStep.D_RECURRENT, GateStep.D_RECURRENT_STRIDE));
    all.add(new Pointer(DY, GateStep.D_OUTPUT, GateStep.H_STRIDE));
    all.addAll(others);
    return all;
  }

  @Override
  final void beforeRows() {
    functions.one(Register.RAX, ONE);
    m.address(LAST_BUT_ONE, Operand.at(END, -m.vectorBytes()));
  }

  @Override
  final void vector() {
    gradients();
    advance();
  }

  /** Writes the gradients of a vector of units. */
  abstract void gradients();

  /** A vector register, and the row of hidden states whose current vector it takes. */
  record Read(int to, Register row) {}

  /** Writes the reading of vectors of hidden states, which may be the last of their rows. */
  final void read(List<Read> reads) {
    Assembler.Label last = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(AT_CELLS, LAST_BUT_ONE);
    m.jump(EQUAL, last);
    reads.forEach(read -> m.load(read.to(), cell(read.row())));
    m.jump(done);
    m.place(last);
    reads.forEach(read -> m.loadMasked(read.to(), LAST, cell(read.row())));
    m.place(done);
  }

  /** Multiplies by the slope of the logistic function where it has the given value. */
  final void timesSlope(int factor, int value) {
    m.multiply(SECOND, value, value);
    m.subtract(SECOND, value, SECOND);
    m.multiply(factor, factor, SECOND);
  }

  /** Writes the slope of tanh where it has the given value. */
  final void tanhSlope(int to, int value) {
    m.multiply(to, value, value);
    m.subtract(to, ONE, to);
  }
}
