package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R12;
import static org.lm4j.backend.cpu.code.Register.R13;
import static org.lm4j.backend.cpu.code.Register.R14;
import static org.lm4j.backend.cpu.code.Register.R15;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RBP;
import static org.lm4j.backend.cpu.code.Register.RBX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of an LSTM from its pre-activations: {@code void lstm(long *step)}, which points to
 * its {@link GateStep}. One pass over the vectors of units: the four gates of a vector are computed
 * side by side with the tanh of the cell state of the vector before, so that no result is waited
 * for.
 */
final class LstmCode {
  private static final Register STEP = RDI;
  private static final Register X = RSI;
  private static final Register ZH = RDX;
  private static final Register Z = RCX;
  private static final Register BIAS = R8;
  private static final Register C_PREV = R9;
  private static final Register C = R10;
  private static final Register TANH_C = R11;
  private static final Register H = RBX;
  private static final Register AT_GATES = RAX; // bytes from the first vector's
  private static final Register AT_CELLS = RBP;
  private static final Register LAST_TANH_C = R12; // where those of the vector before go
  private static final Register LAST_H = R13;
  private static final Register END = R14; // of the cells of a row
  private static final Register[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  private static final Stream[] GATES = {
    new Stream(0, 1), new Stream(4, 2), new Stream(8, 3), new Stream(12, 4)
  };
  private static final Stream CELL = new Stream(16, 5); // of the vector before
  private static final int OUTPUT = 20; // gate o of the vector before
  private static final int WRITTEN = 6; // the lanes of h that the vector before has
  private static final int LAST = 7; // the lanes that the last vector of a row has

  private final MathAssembler m;
  private final FunctionCode functions;
  private final boolean keeps;

  private LstmCode(MathAssembler m, FunctionCode functions, boolean keeps) {
    this.m = m;
    this.functions = functions;
    this.keeps = keeps;
  }

  /**
   * Writes the function.
   *
   * @param keeps whether it writes gates and tanh of cell states, which a backward pass needs
   */
  static void write(MathAssembler m, FunctionCode functions, boolean keeps) {
    new LstmCode(m, functions, keeps).function();
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    functions.begin();
    m.load(ZH, GateStep.RECURRENT.of(STEP));
    m.load(Z, GateStep.GATES.of(STEP));
    m.load(BIAS, GateStep.BIAS.of(STEP));
    m.load(C_PREV, GateStep.C_PREVIOUS.of(STEP));
    m.load(C, GateStep.C.of(STEP));
    m.load(TANH_C, GateStep.TANH_C.of(STEP));
    m.load(H, GateStep.H.of(STEP));
    m.load(END, GateStep.CELL_BYTES.of(STEP));
    m.load(RAX, GateStep.LAST.of(STEP));
    m.mask(LAST, RAX);
    m.allLanes(WRITTEN);
    m.address(LAST_TANH_C, GateStep.NOTHING.of(STEP)); // there is none before the first
    m.move(LAST_H, LAST_TANH_C);
    m.move(CELL.x(), FunctionCode.ONE);
    m.move(OUTPUT, FunctionCode.ONE);

    Assembler.Label row = new Assembler.Label();
    Assembler.Label vector = new Assembler.Label();
    m.place(row);
    GateStep.nextInput(m, STEP, X, RAX);
    m.clear(AT_GATES);
    m.clear(AT_CELLS);
    m.align(32);
    m.place(vector);
    vector();
    m.compare(AT_CELLS, END);
    m.jump(BELOW, vector);
    m.add(ZH, GateStep.RECURRENT_STRIDE.of(STEP));
    m.add(Z, GateStep.GATE_STRIDE.of(STEP));
    m.add(C_PREV, GateStep.CELL_STRIDE.of(STEP));
    m.add(C, GateStep.CELL_STRIDE.of(STEP));
    m.add(TANH_C, GateStep.CELL_STRIDE.of(STEP));
    m.add(H, GateStep.H_STRIDE.of(STEP));
    m.add(GateStep.ROWS.of(STEP), -1);
    m.jump(NOT_EQUAL, row);
    List<Runnable> last = new ArrayList<>();
    functions.tanh(CELL, last);
    last.forEach(Runnable::run);
    output();
    for (int i = SAVED.length - 1; i >= 0; i--) {
      m.pop(SAVED[i]);
    }
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  private void vector() {
    List<List<Runnable>> all = new ArrayList<>();
    for (int gate = 0; gate < GATES.length; gate++) {
      Stream s = GATES[gate];
      int at = gate * m.vectorBytes();
      List<Runnable> instructions = new ArrayList<>();
      instructions.add(() -> m.load(s.x(), gate(X, at)));
      instructions.add(() -> m.add(s.x(), s.x(), gate(ZH, at)));
      instructions.add(() -> m.add(s.x(), s.x(), gate(BIAS, at)));
      if (gate == 2) {
        functions.tanh(s, instructions);
      } else {
        functions.sigmoid(s, instructions);
      }
      if (keeps) {
        int result = gate == 2 ? s.tanh() : s.sigmoid();
        instructions.add(() -> m.store(gate(Z, at), result));
      }
      all.add(instructions);
    }
    List<Runnable> before = new ArrayList<>();
    functions.tanh(CELL, before);
    all.add(before);
    FunctionCode.inTurn(all);
    output();

    int forget = GATES[1].sigmoid();
    int cell = CELL.x();
    m.multiply(forget, forget, Operand.at(C_PREV, AT_CELLS, 1));
    m.move(cell, GATES[0].sigmoid());
    m.timesPlus(cell, GATES[2].tanh(), forget);
    m.store(Operand.at(C, AT_CELLS, 1), cell);
    m.move(OUTPUT, GATES[3].sigmoid());
    m.address(LAST_TANH_C, Operand.at(TANH_C, AT_CELLS, 1));
    m.address(LAST_H, Operand.at(H, AT_CELLS, 1));
    m.add(AT_GATES, GATES.length * m.vectorBytes());
    m.add(AT_CELLS, m.vectorBytes());
    Assembler.Label whole = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(AT_CELLS, END);
    m.jump(BELOW, whole);
    m.andMasks(WRITTEN, LAST, LAST);
    m.jump(done);
    m.place(whole);
    m.allLanes(WRITTEN);
    m.place(done);
  }

  /** Writes the output of the vector before. */
  private void output() {
    if (keeps) {
      m.store(Operand.at(LAST_TANH_C, 0), CELL.tanh());
    }
    m.multiply(CELL.tanh(), CELL.tanh(), OUTPUT);
    m.storeMasked(Operand.at(LAST_H, 0), WRITTEN, CELL.tanh());
  }

  private static Operand gate(Register base, int offset) {
    return new Operand(base, AT_GATES, 1, offset);
  }
}
