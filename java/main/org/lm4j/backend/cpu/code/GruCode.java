package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of a GRU. Gates r and z of a vector of units are computed side by side with gate n
 * of the vector before, so that no result is waited for; so is the output, which depends on it.
 */
final class GruCode extends GateCode {
  private static final Register X = Register.RSI; // the input's part of the row
  private static final Register LAST_KEPT = Register.R12; // where the vector before keeps gate n
  private static final Register LAST_H = Register.R13; // where its hidden states go
  private static final Register ZH = Register.RDX;
  private static final Register GATES = Register.RCX;
  private static final Register BIAS = Register.R8;
  private static final Register BIAS_HIDDEN = Register.R9;
  private static final Register H_PREV = Register.R10;
  private static final Register H = Register.R11;

  private static final List<Register> SAVED =
      List.of(Register.R12, Register.R13, FunctionCode.CONSTANTS);

  private static final int WRITTEN = 6; // the lanes of hidden states that the vector before has

  private static final Stream RESET = new Stream(0, 1);
  private static final Stream UPDATE = new Stream(4, 2);
  private static final Stream FRESH = new Stream(8, 3); // of the vector before
  private static final int LAST_UPDATE = 12;
  private static final int OLD = 13; // hidden state of the vector before
  private static final int SECOND = 14;

  private final FunctionCode functions;

  GruCode(MathAssembler m, FunctionCode functions) {
    super(
        m,
        3,
        SAVED,
        List.of(
            new Pointer(ZH, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(GATES, GateStep.GATES, GateStep.GATE_STRIDE),
            new Pointer(BIAS, GateStep.BIAS, null),
            new Pointer(BIAS_HIDDEN, GateStep.BIAS_HIDDEN, null),
            new Pointer(H_PREV, GateStep.H_PREVIOUS, GateStep.H_STRIDE),
            new Pointer(H, GateStep.H, GateStep.H_STRIDE)));
    this.functions = functions;
  }

  @Override
  void beforeRows() {
    functions.begin();
    m.allLanes(WRITTEN);
    m.address(LAST_KEPT, GateStep.NOTHING.of(STEP)); // there is none before the first
    m.move(LAST_H, LAST_KEPT);
    m.move(FRESH.x(), FunctionCode.ONE); // finite numbers
    m.move(LAST_UPDATE, FunctionCode.ONE);
    m.move(OLD, FunctionCode.ONE);
  }

  @Override
  void beforeRow() {
    GateStep.nextInput(m, STEP, X, Register.RAX);
  }

  @Override
  void afterRows() {
    fresh().forEach(Runnable::run);
    output();
  }

  @Override
  void vector() {
    FunctionCode.inTurn(List.of(sigmoid(RESET, 0), sigmoid(UPDATE, 1), fresh()));
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
    List<Runnable> instructions = sum(s, gate, X, ZH, BIAS);
    functions.sigmoid(s, instructions);
    instructions.add(() -> m.store(gate(GATES, gate), s.sigmoid()));
    return instructions;
  }

  /** Returns the instructions of gate n of the vector before. */
  private List<Runnable> fresh() {
    List<Runnable> instructions = new ArrayList<>();
    functions.tanh(FRESH, instructions);
    return instructions;
  }

  /** Writes the step to the next vector, from which the current one is the vector before. */
  private void advanceLanes() {
    Assembler.Label whole = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    advance();
    m.compare(AT_CELLS, END);
    m.jump(BELOW, whole);
    m.andMasks(WRITTEN, LAST, LAST);
    m.jump(done);
    m.place(whole);
    m.allLanes(WRITTEN);
    m.place(done);
  }

  /** Writes gate n and the output of the vector before. */
  private void output() {
    int fresh = FRESH.tanh();
    m.store(Operand.at(LAST_KEPT, 0), fresh);
    m.subtract(OLD, OLD, fresh);
    m.timesPlus(OLD, LAST_UPDATE, fresh);
    m.storeMasked(Operand.at(LAST_H, 0), WRITTEN, OLD);
  }
}
