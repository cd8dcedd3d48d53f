package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of a recurrent network with tanh or ReLU. Rows and vectors do not depend on each
 * other.
 */
final class ElmanCode extends GateCode {
  private static final Register X = Register.RSI; // the input's part of the row
  private static final Register ZH = Register.RDX;
  private static final Register Z = Register.RCX;
  private static final Register BIAS = Register.R8;
  private static final Register H = Register.R9;
  private static final Register LAST_BUT_ONE = Register.R11; // vectors before are whole

  private static final int ZERO = 5;

  private final FunctionCode functions;
  private final boolean relu;

  ElmanCode(MathAssembler m, FunctionCode functions, boolean relu) {
    super(
        m,
        1,
        List.of(FunctionCode.CONSTANTS),
        List.of(
            new Pointer(ZH, GateStep.RECURRENT, GateStep.RECURRENT_STRIDE),
            new Pointer(Z, GateStep.GATES, GateStep.GATE_STRIDE),
            new Pointer(BIAS, GateStep.BIAS, null),
            new Pointer(H, GateStep.H, GateStep.H_STRIDE)));
    this.functions = functions;
    this.relu = relu;
  }

  @Override
  void beforeRows() {
    if (relu) {
      m.zero(ZERO);
    } else {
      functions.begin();
    }
    m.address(LAST_BUT_ONE, Operand.at(END, -m.vectorBytes()));
  }

  @Override
  void beforeRow() {
    GateStep.nextInput(m, STEP, X, Register.RAX);
  }

  @Override
  void vector() {
    Stream s = new Stream(0, 1);
    m.load(s.x(), gate(X, 0));
    m.add(s.x(), s.x(), gate(ZH, 0));
    m.add(s.x(), s.x(), gate(BIAS, 0));
    int out = s.tanh();
    if (relu) {
      m.greater(out, ZERO, s.x()); // a NaN stays
    } else {
      List<Runnable> instructions = new ArrayList<>();
      functions.tanh(s, instructions);
      instructions.forEach(Runnable::run);
    }
    m.store(gate(Z, 0), out);
    Assembler.Label last = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.compare(AT_CELLS, LAST_BUT_ONE);
    m.jump(EQUAL, last);
    m.store(cell(H), out);
    m.jump(done);
    m.place(last);
    m.storeMasked(cell(H), LAST, out);
    m.place(done);
    advance();
  }
}
