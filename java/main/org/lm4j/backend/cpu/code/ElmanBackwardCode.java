package org.lm4j.backend.cpu.code;

import java.util.List;

/** Writes the backward pass of a step of a recurrent network with tanh. */
final class ElmanBackwardCode extends BackwardGateCode {
  private static final int OUT = 0;
  private static final int GRAD = 1;
  private static final int SLOPE = 2;

  ElmanBackwardCode(MathAssembler m, FunctionCode functions) {
    super(m, functions, 1, List.of());
  }

  @Override
  void gradients() {
    read(List.of(new Read(GRAD, DY)));
    m.add(GRAD, GRAD, cell(DH));
    m.load(OUT, gate(GATES, 0));
    tanhSlope(SLOPE, OUT);
    m.multiply(GRAD, GRAD, SLOPE);
    m.store(gate(GATES, 0), GRAD);
  }
}
