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
 * Writes the backward pass of a step of an LSTM: {@code void lstm(long *step)}, which points to its
 * {@link GateStep}. Gates become the gradients of their pre-activations.
 */
final class LstmBackwardCode {
  private static final Register STEP = RDI;
  private static final Register GATES = RSI;
  private static final Register DH = RDX;
  private static final Register DY = RCX;
  private static final Register TANH_C = R8;
  private static final Register C_PREV = R9;
  private static final Register DC = R10;
  private static final Register AT_CELLS = R11; // bytes from the first vector's
  private static final Register AT_GATES = RAX;
  private static final Register END = RBX; // of the cells of a row
  private static final Register LAST_BUT_ONE = RBP; // vectors before are whole
  private static final Register[] SAVED = {RBX, RBP};

  private static final int I = 0;
  private static final int F = 1;
  private static final int G = 2;
  private static final int O = 3;
  private static final int GRAD = 4;
  private static final int TANH = 5;
  private static final int CELL = 6; // the gradient of the cell state
  private static final int PASSING = 7;
  private static final int SECOND = 8;
  private static final int ONE = 9;
  private static final int LAST = 1; // the lanes that the last vector of a row has

  private final MathAssembler m;

  private LstmBackwardCode(MathAssembler m) {
    this.m = m;
  }

  /** Writes the function. */
  static void write(MathAssembler m, FunctionCode functions) {
    new LstmBackwardCode(m).function(functions);
  }

  private void function(FunctionCode functions) {
    for (Register register : SAVED) {
      m.push(register);
    }
    functions.one(RAX, ONE);
    m.load(GATES, GateStep.GATES.of(STEP));
    m.load(DH, GateStep.D_RECURRENT.of(STEP));
    m.load(DY, GateStep.D_OUTPUT.of(STEP));
    m.load(TANH_C, GateStep.TANH_C.of(STEP));
    m.load(C_PREV, GateStep.C_PREVIOUS.of(STEP));
    m.load(DC, GateStep.D_C.of(STEP));
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
    m.add(AT_GATES, 4 * m.vectorBytes());
    m.add(AT_CELLS, m.vectorBytes());
    m.compare(AT_CELLS, END);
    m.jump(BELOW, vector);
    m.add(GATES, GateStep.GATE_STRIDE.of(STEP));
    m.add(DH, GateStep.D_RECURRENT_STRIDE.of(STEP));
    m.add(DY, GateStep.H_STRIDE.of(STEP));
    m.add(TANH_C, GateStep.CELL_STRIDE.of(STEP));
    m.add(C_PREV, GateStep.CELL_STRIDE.of(STEP));
    m.add(DC, GateStep.CELL_STRIDE.of(STEP));
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
    m.jump(read);
    m.place(last);
    m.loadMasked(GRAD, LAST, cell(DY));
    m.place(read);
    m.add(GRAD, GRAD, cell(DH));
    m.load(I, gate(I));
    m.load(F, gate(F));
    m.load(G, gate(G));
    m.load(O, gate(O));
    m.load(TANH, cell(TANH_C));
    m.multiply(PASSING, TANH, TANH);
    m.subtract(PASSING, ONE, PASSING);
    m.multiply(CELL, GRAD, O);
    m.multiply(CELL, CELL, PASSING);
    m.add(CELL, CELL, cell(DC));
    m.multiply(GRAD, GRAD, TANH);
    timesSlope(GRAD, O);
    m.store(gate(O), GRAD);
    m.multiply(PASSING, CELL, F);
    m.store(cell(DC), PASSING);
    m.multiply(PASSING, CELL, cell(C_PREV));
    timesSlope(PASSING, F);
    m.store(gate(F), PASSING);
    m.multiply(PASSING, CELL, G);
    timesSlope(PASSING, I);
    m.store(gate(I), PASSING);
    m.multiply(PASSING, CELL, I);
    m.multiply(SECOND, G, G);
    m.subtract(SECOND, ONE, SECOND);
    m.multiply(PASSING, PASSING, SECOND);
    m.store(gate(G), PASSING);
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

  private Operand gate(int gate) {
    return new Operand(GATES, AT_GATES, 1, gate * m.vectorBytes());
  }
}
