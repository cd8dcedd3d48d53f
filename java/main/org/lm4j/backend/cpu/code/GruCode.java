package org.lm4j.backend.cpu.code;

import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of a GRU. Gates r and z of a vector of units are computed side by side with gate n
 * of the vector before.
 */
final class GruCode extends ForwardGateCode {
  private static final Register ZH = Register.RDX;
  private static final Register GATES = Register.RCX;
  private static final Register BIAS = Register.R8;
  private static final Register BIAS_HIDDEN = Register.R9;
  private static final Register H_PREV = Register.R10;
  private static final Register H = Register.R11;

  private static final Stream RESET = new Stream(0, 1);
  private static final Stream UPDATE = new Stream(4, 2);
  private static final Stream FRESH = new Stream(8, 3); // of the vector before
  private static final int LAST_UPDATE = 12;
  private static final int OLD = 13; // hidden state of the vector before
  private static final int SECOND = 14;

  GruCode(MathAssembler m, FunctionCode functions) {
    super(
        m,
        functions,
        3,
        FRESH,
        List.of(
            new Pointer(ZH, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(GATES, GateStep.GATES, GateStep.GATE_STRIDE),
            new Pointer(BIAS, GateStep.BIAS, null),
            new Pointer(BIAS_HIDDEN, GateStep.BIAS_HIDDEN, null),
            new Pointer(H_PREV, GateStep.H_PREVIOUS, GateStep.H_STRIDE),
            new Pointer(H, GateStep.H, GateStep.H_STRIDE)));
  }

  @Override
  void clearDelayed() {
    m.move(LAST_UPDATE, FunctionCode.ONE);
    m.move(OLD, FunctionCode.ONE);
  }

  @Override
  void vector() {
    FunctionCode.inTurn(List.of(sigmoid(RESET, 0), sigmoid(UPDATE, 1), delayedTanh()));
    output();

    m.load(SECOND, gate(ZH, 2));
    m.add(SECOND, SECOND, cell(BIAS_HIDDEN));
    m.store(gate(ZH, 2), SECOND);
    m.load(FRESH.x(), gate(X, 2));
    m.add(FRESH.x(), FRESH.x(), gate(BIAS, 2));
    m.multiplyAdd(FRESH.x(), RESET.sigmoid(), SECOND);
    m.move(LAST_UPDATE, UPDATE.sigmoid());
    m.address(LAST_KEPT, gate(GATES, 2));
    m.address(LAST_H, cell(H));
    advanceLanes();
    m.loadMasked(OLD, WRITTEN, new Operand(H_PREV, AT_CELLS, 1, -m.vectorBytes()));
  }

  private List<Runnable> sigmoid(Stream s, int gate) {
    List<Runnable> instructions = sum(s, gate, ZH, BIAS);
    functions.sigmoid(s, instructions);
    instructions.add(() -> m.store(gate(GATES, gate), s.sigmoid()));
    return instructions;
  }

  /** Writes gate n and the output of the vector before. */
  @Override
  void output() {
    int fresh = FRESH.tanh();
    m.store(Operand.at(LAST_KEPT, 0), fresh);
    m.subtract(OLD, OLD, fresh);
    m.timesPlus(OLD, LAST_UPDATE, fresh);
    m.storeMasked(Operand.at(LAST_H, 0), WRITTEN, OLD);
  }
}
