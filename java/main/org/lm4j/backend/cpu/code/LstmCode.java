package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of an LSTM. The four gates of a vector of units are computed side by side, for all
 * vectors of a row; then the tanh of the cell states of four vectors side by side.
 */
final class LstmCode extends GateCode {
  private static final Register X = Register.RSI; // the input's part of the row
  private static final Register ZH = Register.RDX;
  private static final Register Z = Register.RCX;
  private static final Register BIAS = Register.R8;
  private static final Register C_PREV = Register.R9;
  private static final Register C = Register.R10;
  private static final Register TANH_C = Register.R11;
  private static final Register H = Register.R14;
  private static final Register LAST_GROUP = Register.R12; // where no whole group begins
  private static final int WRITTEN = 6; // the lanes that the last vector of a group has

  private static final List<Register> SAVED =
      List.of(Register.R12, Register.R14, FunctionCode.CONSTANTS);

  private static final Stream[] STREAMS = {
    new Stream(0, 1), new Stream(4, 2), new Stream(8, 3), new Stream(12, 4)
  };
  private static final int OUTPUT = 16; // gate o, of each vector of a group

  private final FunctionCode functions;
  private final boolean keeps;

  /**
   * Creates a writer.
   *
   * @param keeps whether it writes gates and tanh of cell states, which a backward pass needs
   */
  LstmCode(MathAssembler m, FunctionCode functions, boolean keeps) {
    super(
        m,
        STREAMS.length,
        SAVED,
        List.of(
            new Pointer(ZH, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(Z, GateStep.GATES, GateStep.GATE_STRIDE),
            new Pointer(BIAS, GateStep.BIAS, null),
            new Pointer(C_PREV, GateStep.C_PREVIOUS, GateStep.CELL_STRIDE),
            new Pointer(C, GateStep.C, GateStep.CELL_STRIDE),
            new Pointer(TANH_C, GateStep.TANH_C, GateStep.CELL_STRIDE),
            new Pointer(H, GateStep.H, GateStep.H_STRIDE)));
    this.functions = functions;
    this.keeps = keeps;
  }

  @Override
  void beforeRows() {
    functions.begin();
    m.move(LAST_GROUP, END);
    m.add(LAST_GROUP, (1 - STREAMS.length) * m.vectorBytes());
  }

  @Override
  void beforeRow() {
    GateStep.nextInput(m, STEP, X, Register.RAX);
  }

  @Override
  void vector() {
    List<List<Runnable>> all = new ArrayList<>();
    for (int i = 0; i < STREAMS.length; i++) {
      int gate = i;
      Stream s = STREAMS[gate];
      List<Runnable> instructions = sum(s, gate, X, ZH, BIAS);
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
    FunctionCode.inTurn(all);
    int forget = STREAMS[1].sigmoid();
    int cell = STREAMS[0].sigmoid();
    m.multiply(forget, forget, cell(C_PREV));
    m.timesPlus(cell, STREAMS[2].tanh(), forget);
    m.store(cell(C), cell);
    if (!keeps) {
      m.store(cell(TANH_C), STREAMS[3].sigmoid());
    }
    advance();
  }

  @Override
  void afterVectors() {
    Assembler.Label group = new Assembler.Label();
    Assembler.Label rest = new Assembler.Label();
    Assembler.Label single = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.clear(AT_GATES);
    m.clear(AT_CELLS);
    m.compare(END, STREAMS.length * m.vectorBytes());
    m.jump(BELOW, single);
    m.align(32);
    m.place(group);
    outputs(STREAMS.length);
    m.compare(AT_CELLS, LAST_GROUP);
    m.jump(BELOW, group);
    m.place(rest);
    m.compare(AT_CELLS, END);
    m.jump(BELOW, single);
    m.jump(done);
    m.place(single);
    outputs(1);
    m.jump(rest);
    m.place(done);
  }

  /** Writes the outputs of some vectors, and the step to the next. */
  private void outputs(int vectors) {
    List<List<Runnable>> all = new ArrayList<>();
    for (int i = 0; i < vectors; i++) {
      int vector = i;
      Stream s = STREAMS[vector];
      int at = vector * m.vectorBytes();
      int output = OUTPUT + vector;
      List<Runnable> instructions = new ArrayList<>();
      instructions.add(() -> m.load(s.x(), new Operand(C, AT_CELLS, 1, at)));
      functions.tanh(s, instructions);
      instructions.add(() -> m.load(output, outputGate(vector)));
      if (keeps) {
        instructions.add(() -> m.store(new Operand(TANH_C, AT_CELLS, 1, at), s.tanh()));
      }
      instructions.add(() -> m.multiply(s.tanh(), s.tanh(), output));
      all.add(instructions);
    }
    FunctionCode.inTurn(all);
    for (int i = 0; i < vectors - 1; i++) {
      m.store(new Operand(H, AT_CELLS, 1, i * m.vectorBytes()), STREAMS[i].tanh());
    }
    m.add(AT_GATES, STREAMS.length * vectors * m.vectorBytes());
    m.add(AT_CELLS, vectors * m.vectorBytes());
    Assembler.Label whole = new Assembler.Label();
    m.allLanes(WRITTEN);
    m.compare(AT_CELLS, END);
    m.jump(BELOW, whole);
    m.andMasks(WRITTEN, LAST, LAST);
    m.place(whole);
    m.storeMasked(
        new Operand(H, AT_CELLS, 1, -m.vectorBytes()), WRITTEN, STREAMS[vectors - 1].tanh());
  }

  /**
   * Returns where the output gate of a vector of a group waits: in its place, or in that of tanh.
   */
  private Operand outputGate(int vector) {
    return keeps
        ? new Operand(Z, AT_GATES, 1, (vector * STREAMS.length + 3) * m.vectorBytes())
        : new Operand(TANH_C, AT_CELLS, 1, vector * m.vectorBytes());
  }
}
