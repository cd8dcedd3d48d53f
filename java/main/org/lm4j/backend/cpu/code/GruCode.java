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
 * Writes a step of a GRU from its pre-activations: {@code void gru(long *step)}, which points to
 * its {@link GateStep}. One pass over the vectors of units: gates r and z of a vector are computed
 * side by side with gate n of the vector before.
 */
final class GruCode {
  private static final Register STEP = RDI;
  private static final Register X = RSI;
  private static final Register ZH = RDX;
  private static final Register GATES = RCX;
  private static final Register BIAS = R8;
  private static final Register BIAS_HIDDEN = R9;
  private static final Register H_PREV = R10;
  private static final Register H = R11;
  private static final Register AT_GATES = RAX; // bytes from the first vector's
  private static final Register AT_CELLS = RBP;
  private static final Register END = RBX; // of the cells of a row
  private static final Register LAST_FRESH = R12; // where gate n of the vector before goes
  private static final Register LAST_H = R13;
  private static final Register[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  private static final Stream RESET = new Stream(0, 1);
  private static final Stream UPDATE = new Stream(4, 2);
  private static final Stream FRESH = new Stream(8, 3); // of the vector before
  private static final int LAST_UPDATE = 12;
  private static final int OLD = 13; // hidden state of the vector before
  private static final int SECOND = 14;
  private static final int WRITTEN = 6; // the lanes of h that the vector before has
  private static final int LAST = 7; // the lanes that the last vector of a row has

  private final MathAssembler m;
  private final FunctionCode functions;

  private GruCode(MathAssembler m, FunctionCode functions) {
    this.m = m;
    this.functions = functions;
  }

  /** Writes the function. */
  static void write(MathAssembler m, FunctionCode functions) {
    new GruCode(m, functions).function();
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    functions.begin();
    m.load(ZH, GateStep.RECURRENT.of(STEP));
    m.load(GATES, GateStep.GATES.of(STEP));
    m.load(BIAS, GateStep.BIAS.of(STEP));
    m.load(BIAS_HIDDEN, GateStep.BIAS_HIDDEN.of(STEP));
    m.load(H_PREV, GateStep.H_PREVIOUS.of(STEP));
    m.load(H, GateStep.H.of(STEP));
    m.load(END, GateStep.CELL_BYTES.of(STEP));
    m.load(RAX, GateStep.LAST.of(STEP));
    m.mask(LAST, RAX);
    m.allLanes(WRITTEN);
    m.address(LAST_FRESH, GateStep.NOTHING.of(STEP)); // there is none before the first
    m.move(LAST_H, LAST_FRESH);
    m.move(FRESH.x(), FunctionCode.ONE);
    m.move(LAST_UPDATE, FunctionCode.ONE);
    m.move(OLD, FunctionCode.ONE);

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
    m.add(GATES, GateStep.GATE_STRIDE.of(STEP));
    m.add(H_PREV, GateStep.H_STRIDE.of(STEP));
    m.add(H, GateStep.H_STRIDE.of(STEP));
    m.add(GateStep.ROWS.of(STEP), -1);
    m.jump(NOT_EQUAL, row);
    List<Runnable> last = new ArrayList<>();
    functions.tanh(FRESH, last);
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
    List<Runnable> before = new ArrayList<>();
    functions.tanh(FRESH, before);
    FunctionCode.inTurn(List.of(gate(RESET, 0), gate(UPDATE, 1), before));
    output();

    int fresh = 2 * m.vectorBytes();
    m.load(SECOND, gates(ZH, fresh));
    m.add(SECOND, SECOND, cells(BIAS_HIDDEN));
    m.store(gates(ZH, fresh), SECOND);
    m.load(FRESH.x(), gates(X, fresh));
    m.add(FRESH.x(), FRESH.x(), gates(BIAS, fresh));
    m.multiplyAdd(FRESH.x(), RESET.sigmoid(), SECOND);
    m.move(LAST_UPDATE, UPDATE.sigmoid());
    m.address(LAST_FRESH, gates(GATES, fresh));
    m.address(LAST_H, cells(H));
    Assembler.Label whole = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.add(AT_GATES, 3 * m.vectorBytes());
    m.add(AT_CELLS, m.vectorBytes());
    m.compare(AT_CELLS, END);
    m.jump(BELOW, whole);
    m.andMasks(WRITTEN, LAST, LAST);
    m.jump(done);
    m.place(whole);
    m.allLanes(WRITTEN);
    m.place(done);
    m.loadMasked(OLD, WRITTEN, new Operand(H_PREV, AT_CELLS, 1, -m.vectorBytes()));
  }

  private List<Runnable> gate(Stream s, int which) {
    int at = which * m.vectorBytes();
    List<Runnable> instructions = new ArrayList<>();
    instructions.add(() -> m.load(s.x(), gates(X, at)));
    instructions.add(() -> m.add(s.x(), s.x(), gates(ZH, at)));
    instructions.add(() -> m.add(s.x(), s.x(), gates(BIAS, at)));
    functions.sigmoid(s, instructions);
    instructions.add(() -> m.store(gates(GATES, at), s.sigmoid()));
    return instructions;
  }

  /** Writes gate n and the output of the vector before. */
  private void output() {
    int fresh = FRESH.tanh();
    m.store(Operand.at(LAST_FRESH, 0), fresh);
    m.subtract(OLD, OLD, fresh);
    m.timesPlus(OLD, LAST_UPDATE, fresh);
    m.storeMasked(Operand.at(LAST_H, 0), WRITTEN, OLD);
  }

  private static Operand gates(Register base, int offset) {
    return new Operand(base, AT_GATES, 1, offset);
  }

  private static Operand cells(Register base) {
    return Operand.at(base, AT_CELLS, 1);
  }
}
