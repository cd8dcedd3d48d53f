package org.lm4j.backend.cpu.code;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of an LSTM. The four gates of a vector of units are computed side by side with the
 * tanh of the cell state of the vector before.
 */
final class LstmCode extends ForwardGateCode {
  private static final Register ZH = Register.RDX;
  private static final Register Z = Register.RCX;
  private static final Register BIAS = Register.R8;
  private static final Register C_PREV = Register.R9;
  private static final Register C = Register.R10;
  private static final Register TANH_C = Register.R11;
  private static final Register H = Register.R14;

  private static final Stream[] GATES = {
    new Stream(0, 1), new Stream(4, 2), new Stream(8, 3), new Stream(12, 4)
  };
  private static final Stream CELL = new Stream(16, 5); // of the vector before
  private static final int OUTPUT = 20; // gate o of the vector before

  private final boolean keeps;

  /**
   * Creates a writer.
   *
   * @param keeps whether it writes gates and tanh of cell states, which a backward pass needs
   */
  LstmCode(MathAssembler m, FunctionCode functions, boolean keeps) {
    super(
        m,
        functions,
        GATES.length,
        CELL,
        List.of(
            new Pointer(ZH, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(Z, GateStep.GATES, GateStep.GATE_STRIDE),
            new Pointer(BIAS, GateStep.BIAS, null),
            new Pointer(C_PREV, GateStep.C_PREVIOUS, GateStep.CELL_STRIDE),
            new Pointer(C, GateStep.C, GateStep.CELL_STRIDE),
            new Pointer(TANH_C, GateStep.TANH_C, GateStep.CELL_STRIDE),
            new Pointer(H, GateStep.H, GateStep.H_STRIDE)));
    this.keeps = keeps;
  }

  @Override
  void clearDelayed() {
    m.move(OUTPUT, FunctionCode.ONE);
  }

  @Override
  void vector() {
    List<List<Runnable>> all = new ArrayList<>();
    for (int i = 0; i < GATES.length; i++) {
      int gate = i;
      Stream s = GATES[gate];
      List<Runnable> instructions = sum(s, gate, ZH, BIAS);
      if (gate == 2) {
        functions.tanh(s, instructions);
      } else {
        functions.sigmoid(s, instructions);
      }
      if (keeps) {
        int result = gate == 2 ? s.tanh() : s.sigmoid();
        instructions.add(() -> m.store(gate(Z, gate), result));
      }
      all.add(instructions);
    }
    all.add(delayedTanh());
    FunctionCode.inTurn(all);
    output();

    int forget = GATES[1].sigmoid();
    int cell = CELL.x();
    m.multiply(forget, forget, cell(C_PREV));
    m.move(cell, GATES[0].sigmoid());
    m.timesPlus(cell, GATES[2].tanh(), forget);
    m.store(cell(C), cell);
    m.move(OUTPUT, GATES[3].sigmoid());
    m.address(LAST_KEPT, cell(TANH_C));
    m.address(LAST_H, cell(H));
    advanceLanes();
  }

  @Override
  void output() {
    if (keeps) {
      m.store(Operand.at(LAST_KEPT, 0), CELL.tanh());
    }
    m.multiply(CELL.tanh(), CELL.tanh(), OUTPUT);
    m.storeMasked(Operand.at(LAST_H, 0), WRITTEN, CELL.tanh());
  }
}
