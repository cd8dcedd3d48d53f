package org.lm4j.backend.cpu.code;

import java.util.List;

/** Writes the backward pass of a step of a GRU. The recurrent part becomes gradients too. */
final class GruBackwardCode extends BackwardGateCode {
  private static final Register RECURRENT = Register.R8;
  private static final Register DIRECT = Register.R9;
  private static final Register H_PREV = Register.R10;

  private static final int RESET = 0;
  private static final int UPDATE = 1;
  private static final int FRESH = 2;
  private static final int GRAD = 3;
  private static final int OLD = 4;
  private static final int PASSING = 5;

  GruBackwardCode(MathAssembler m, FunctionCode functions) {
    super(
        m,
        functions,
        3,
        List.of(
            new Pointer(RECURRENT, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(DIRECT, GateStep.D_DIRECT, GateStep.D_RECURRENT_STRIDE),
            new Pointer(H_PREV, GateStep.H_PREVIOUS, GateStep.H_STRIDE)));
  }

  @Override
  void gradients() {
    read(List.of(new Read(GRAD, DY), new Read(OLD, H_PREV)));
    m.add(GRAD, GRAD, cell(DH));
    m.add(GRAD, GRAD, cell(DIRECT));
    for (int gate : new int[] {RESET, UPDATE, FRESH}) {
      m.load(gate, gate(GATES, gate));
    }
    m.subtract(OLD, OLD, FRESH);
    m.multiply(PASSING, GRAD, UPDATE);
    m.store(cell(DIRECT), PASSING);
    m.multiply(OLD, GRAD, OLD);
    m.subtract(PASSING, ONE, UPDATE);
    m.multiply(GRAD, GRAD, PASSING);
    tanhSlope(PASSING, FRESH);
    m.multiply(GRAD, GRAD, PASSING); // of gate n
    timesSlope(OLD, UPDATE); // of gate z
    m.multiply(PASSING, GRAD, gate(RECURRENT, FRESH));
    timesSlope(PASSING, RESET); // of gate r
    m.store(gate(GATES, RESET), PASSING);
    m.store(gate(GATES, UPDATE), OLD);
    m.store(gate(GATES, FRESH), GRAD);
    m.multiply(GRAD, GRAD, RESET);
    m.store(gate(RECURRENT, RESET), PASSING);
    m.store(gate(RECURRENT, UPDATE), OLD);
    m.store(gate(RECURRENT, FRESH), GRAD);
  }
}
