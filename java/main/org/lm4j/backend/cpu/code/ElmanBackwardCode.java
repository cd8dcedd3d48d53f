package org.lm4j.backend.cpu.code;

import java.util.List;

/** Writes the backward pass of a step of a recurrent network with tanh or ReLU. */
final class ElmanBackwardCode extends BackwardGateCode {
  private static final int OUT = 0;
  private static final int GRAD = 1;
  private static final int SLOPE = 2;
  private static final int ON = 1; // a mask: where ReLU lets its input pass

  private final boolean relu;

  ElmanBackwardCode(MathAssembler m, FunctionCode functions, boolean relu) {
    super(m, functions, 1, List.of());
    this.relu = relu;
  }

  @Override
  void gradients() {
    read(List.of(new Read(GRAD, DY)));
    m.add(GRAD, GRAD, cell(DH));
    m.load(OUT, gate(GATES, 0));
    if (relu) {
      m.zero(SLOPE);
      m.below(ON, SLOPE, OUT);
      m.moveMasked(GRAD, ON, GRAD);
    } else {
      tanhSlope(SLOPE, OUT);
      m.multiply(GRAD, GRAD, SLOPE);
    }
    m.store(gate(GATES, 0), GRAD);
  }
}
