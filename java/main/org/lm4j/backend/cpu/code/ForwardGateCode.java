package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a step of a cell from its pre-activations, in one pass over the vectors of units. The last
 * function of a vector, a tanh, is computed side by side with the gates of the next, so that no
 * result is waited for; so is what depends on it, the output.
 */
abstract class ForwardGateCode extends GateCode {
  static final Register X = Register.RSI; // the input's part of the row
  static final Register LAST_KEPT = Register.R12; // where the vector before keeps its tanh
  static final Register LAST_H = Register.R13; // where its hidden states go
  static final int WRITTEN = 6; // the lanes of hidden states that it has

  private static final List<Register> SAVED =
      List.of(Register.R12, Register.R13, Register.R14, FunctionCode.CONSTANTS);

  final FunctionCode functions;
  private final Stream delayed;

  /**
   * Creates a writer.
   *
   * @param delayed computes the tanh of the vector before
   */
  ForwardGateCode(
      MathAssembler m, FunctionCode functions, int gates, Stream delayed, List<Pointer> pointers) {
    super(m, gates, SAVED, pointers);
    this.functions = functions;
    this.delayed = delayed;
  }

  @Override
  final void beforeRows() {
    functions.begin();
    m.allLanes(WRITTEN);
    m.address(LAST_KEPT, GateStep.NOTHING.of(STEP)); // there is none before the first
    m.move(LAST_H, LAST_KEPT);
    m.move(delayed.x(), FunctionCode.ONE);
    clearDelayed();
  }

  /** Writes finite numbers into what else belongs to the vector before. */
  abstract void clearDelayed();

  @Override
  final void beforeRow() {
    GateStep.nextInput(m, STEP, X, Register.RAX);
  }

  @Override
  final void afterRows() {
    delayedTanh().forEach(Runnable::run);
    output();
  }

  /** Returns the instructions of the tanh of the vector before. */
  final List<Runnable> delayedTanh() {
    List<Runnable> instructions = new ArrayList<>();
    functions.tanh(delayed, instructions);
    return instructions;
  }

  /** Writes the output of the vector before. */
  abstract void output();

  /** Returns the instructions of a pre-activation. */
  final List<Runnable> sum(Stream s, int gate, Register recurrent, Register bias) {
    List<Runnable> instructions = new ArrayList<>();
    instructions.add(() -> m.load(s.x(), gate(X, gate)));
    instructions.add(() -> m.add(s.x(), s.x(), gate(recurrent, gate)));
    instructions.add(() -> m.add(s.x(), s.x(), gate(bias, gate)));
    return instructions;
  }

  /** Writes the step to the next vector, from which the current one is the vector before. */
  final void advanceLanes() {
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
}
