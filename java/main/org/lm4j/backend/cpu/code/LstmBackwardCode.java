package org.lm4j.backend.cpu.code;

import java.util.List;

/** Writes the backward pass of a step of an LSTM. */
final class LstmBackwardCode extends BackwardGateCode {
  private static final Register TANH_C = Register.R8;
  private static final Register C_PREV = Register.R9;
  private static final Register DC = Register.R10;

  private static final int I = 0;
  private static final int F = 1;
  private static final int G = 2;
  private static final int O = 3;
  private static final int GRAD = 4;
  private static final int TANH = 5;
  private static final int CELL = 6; // the gradient of the cell state
  private static final int PASSING = 7;
  private static final int SLOPE = 10;

  LstmBackwardCode(MathAssembler m, FunctionCode functions) {
    super(
        m,
        functions,
        4,
        List.of(
            new Pointer(TANH_C, GateStep.TANH_C, GateStep.CELL_STRIDE),
            new Pointer(C_PREV, GateStep.C_PREVIOUS, GateStep.CELL_STRIDE),
            new Pointer(DC, GateStep.D_C, GateStep.CELL_STRIDE)));
  }

  @Override
  void gradients() {
    read(List.of(new Read(GRAD, DY)));
    m.add(GRAD, GRAD, cell(DH));
    for (int gate : new int[] {I, F, G, O}) {
      m.load(gate, gate(GATES, gate));
    }
    m.load(TANH, cell(TANH_C));
    tanhSlope(SLOPE, TANH);
    m.multiply(CELL, GRAD, O);
    m.multiply(CELL, CELL, SLOPE);
    m.add(CELL, CELL, cell(DC));
    m.multiply(GRAD, GRAD, TANH);
    timesSlope(GRAD, O);
    m.store(gate(GATES, O), GRAD);
    m.multiply(PASSING, CELL, F);
    m.store(cell(DC), PASSING);
    m.multiply(PASSING, CELL, cell(C_PREV));
    timesSlope(PASSING, F);
    m.store(gate(GATES, F), PASSING);
    m.multiply(PASSING, CELL, G);
    timesSlope(PASSING, I);
    m.store(gate(GATES, I), PASSING);
    m.multiply(PASSING, CELL, I);
    tanhSlope(SLOPE, G);
    m.multiply(PASSING, PASSING, SLOPE);
    m.store(gate(GATES, G), PASSING);
  }
}
