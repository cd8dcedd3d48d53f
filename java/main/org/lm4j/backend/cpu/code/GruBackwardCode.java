package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RBP;
import static org.lm4j.backend.cpu.code.Register.RBX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

/**
 * Writes the backward pass of a step of a GRU: {@code void gru(long *step)}, which points to its
 * {@link GateStep}. Gates and the recurrent part become gradients.
 */
final class GruBackwardCode {
  private static final Register STEP = RDI;
  private static final Register GATES = RSI;
  private static final Register RECURRENT = RDX;
  private static final Register DH = RCX;
  private static final Register DY = R8;
  private static final Register DIRECT = R9;
  private static final Register H_PREV = R10;
  private static final Register AT_CELLS = R11; // bytes from the first vector's
  private static final Register AT_GATES = RAX;
  private static final Register END = RBX; // of the cells of a row
  private static final Register LAST_BUT_ONE = RBP; // vectors before are whole
  private static final Register[] SAVED = {RBX, RBP};

  private static final int RESET = 0;
  private static final int UPDATE = 1;
  private static final int FRESH = 2;
  private static final int GRAD = 3;
  private static final int OLD = 4;
  private static final int PASSING = 5;
  private static final int SECOND = 6;
  private static final int ONE = 7;
  private static final int LAST = 1; // the lanes that the last vector of a row has

  private final MathAssembler m;

  private GruBackwardCode(MathAssembler m) {
    this.m = m;
  }

  /** Writes the function. */
  static void write(MathAssembler m, FunctionCode functions) {
    new GruBackwardCode(m).function(functions);
  }

  private void function(FunctionCode functions) {
    for (Register register : SAVED) {
      m.push(register);
    }
    functions.one(RAX, ONE);
    m.load(GATES, GateStep.GATES.of(STEP));
    m.load(RECURRENT, GateStep.RECURRENT.of(STEP));
    m.load(DH, GateStep.D_RECURRENT.of(STEP));
    m.load(DY, GateStep.D_OUTPUT.of(STEP));
    m.load(DIRECT, GateStep.D_DIRECT.of(STEP));
    m.load(H_PREV, GateStep.H_PREVIOUS.of(STEP));
    m.load(END, GateStep.CELL_BYTES.of(STEP));
    m.address(LAST_BUT_ONE, Operand.at(END, -m.vectorBytes()));
    m.load(RAX, GateStep.LAST.of(STEP));
    m.mask(LAST, RAX);

    Assembler.Label row = new Assembler.Label();
    Assembler.Label vector = new Assembler.Label();
    m.place(row);
    m.clear(AT_GATES);
    m.clear(AT_CELLS);
    m.align(32);
    m.place(vector);
    vector();
    m.add(AT_GATES, 3 * m.vectorBytes());
    m.add(AT_CELLS, m.vectorBytes());
    m.compare(AT_CELLS, END);
    m.jump(BELOW, vector);
    m.add(GATES, GateStep.GATE_STRIDE.of(STEP));
    m.add(RECURRENT, GateStep.RECURRENT_STRIDE.of(STEP));
    m.add(DH, GateStep.D_RECURRENT_STRIDE.of(STEP));
    m.add(DIRECT, GateStep.D_RECURRENT_STRIDE.of(STEP));
    m.add(DY, GateStep.H_STRIDE.of(STEP));
    m.add(H_PREV, GateStep.H_STRIDE.of(STEP));
    m.add(GateStep.ROWS.of(STEP), -1);
    m.jump(NOT_EQUAL, row);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      m.pop(SAVED[i]);
    }
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  private void vector() {
    Assembler.Label last = new Assembler.Label();
    Assembler.Label read = new Assembler.Label();
    m.compare(AT_CELLS, LAST_BUT_ONE);
    m.jump(EQUAL, last);
    m.load(GRAD, cell(DY));
    m.load(OLD, cell(H_PREV));
    m.jump(read);
    m.place(last);
    m.loadMasked(GRAD, LAST, cell(DY));
    m.loadMasked(OLD, LAST, cell(H_PREV));
    m.place(read);
    m.add(GRAD, GRAD, cell(DH));
    m.add(GRAD, GRAD, cell(DIRECT));
    m.load(RESET, gate(GATES, RESET));
    m.load(UPDATE, gate(GATES, UPDATE));
    m.load(FRESH, gate(GATES, FRESH));
    m.subtract(OLD, OLD, FRESH);
    m.multiply(PASSING, GRAD, UPDATE);
    m.store(cell(DIRECT), PASSING);
    m.multiply(OLD, GRAD, OLD);
    m.subtract(PASSING, ONE, UPDATE);
    m.multiply(GRAD, GRAD, PASSING);
    m.multiply(PASSING, FRESH, FRESH);
    m.subtract(PASSING, ONE, PASSING);
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

  /** Multiplies by the slope of the logistic function where it has the given value. */
  private void timesSlope(int factor, int value) {
    m.multiply(SECOND, value, value);
    m.subtract(SECOND, value, SECOND);
    m.multiply(factor, factor, SECOND);
  }

  private static Operand cell(Register base) {
    return Operand.at(base, AT_CELLS, 1);
  }

  private Operand gate(Register base, int gate) {
    return new Operand(base, AT_GATES, 1, gate * m.vectorBytes());
  }
}
