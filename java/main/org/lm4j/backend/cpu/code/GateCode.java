package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.FunctionCode.Stream;

/**
 * Writes a function {@code void step(long *step)} that computes a step of a recurrent cell, whose
 * parameters are a {@link GateStep}: a loop over the rows, and in each over its vectors of units.
 */
abstract class GateCode {
  static final Register STEP = Register.RDI;
  static final Register AT_GATES = Register.RAX; // bytes from the first vector's
  static final Register AT_CELLS = Register.RBP;
  static final Register END = Register.RBX; // of the cells of a row
  static final int LAST = 7; // the lanes that the last vector of a row has

  final MathAssembler m;
  private final int gates;
  private final List<Register> saved;
  private final List<Pointer> pointers;

  /**
   * A register that points to the current row of an array.
   *
   * @param stride from row to row; null if all rows share one
   */
  record Pointer(Register register, GateStep start, @Nullable GateStep stride) {}

  /**
   * Creates a writer.
   *
   * @param gates of a unit, whose vectors are side by side in a row
   * @param saved registers of the caller that the function changes, beside those of the loops
   */
  GateCode(MathAssembler m, int gates, List<Register> saved, List<Pointer> pointers) {
    this.m = m;
    this.gates = gates;
    this.saved = saved;
    this.pointers = pointers;
  }

  /** Writes the function. */
  final void write() {
    m.push(END);
    m.push(AT_CELLS);
    saved.forEach(m::push);
    for (Pointer pointer : pointers) {
      m.load(pointer.register(), pointer.start().of(STEP));
    }
    m.load(END, GateStep.CELL_BYTES.of(STEP));
    m.load(Register.RAX, GateStep.LAST.of(STEP));
    m.mask(LAST, Register.RAX);
    beforeRows();

    Assembler.Label row = new Assembler.Label();
    Assembler.Label vector = new Assembler.Label();
    m.place(row);
    beforeRow();
    m.clear(AT_GATES);
    m.clear(AT_CELLS);
    m.align(32);
    m.place(vector);
    vector();
    m.compare(AT_CELLS, END);
    m.jump(BELOW, vector);
    afterVectors();
    for (Pointer pointer : pointers) {
      if (pointer.stride() != null) {
        m.add(pointer.register(), pointer.stride().of(STEP));
      }
    }
    m.add(GateStep.ROWS.of(STEP), -1);
    m.jump(NOT_EQUAL, row);
    afterRows();
    saved.reversed().forEach(m::pop);
    m.pop(AT_CELLS);
    m.pop(END);
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  /** Writes what comes before the loops; {@link Register#RAX} is free there. */
  abstract void beforeRows();

  /** Writes what comes before the vectors of a row. */
  void beforeRow() {}

  /** Writes the work on a vector of units, and {@link #advance}. */
  abstract void vector();

  /** Writes what comes behind the vectors of a row. */
  void afterVectors() {}

  /** Writes what comes behind the loops. */
  void afterRows() {}

  /** Returns the instructions of a pre-activation, the sum of three parts. */
  final List<Runnable> sum(Stream s, int gate, Register x, Register recurrent, Register bias) {
    List<Runnable> instructions = new ArrayList<>();
    instructions.add(() -> m.load(s.x(), gate(x, gate)));
    instructions.add(() -> m.add(s.x(), s.x(), gate(recurrent, gate)));
    instructions.add(() -> m.add(s.x(), s.x(), gate(bias, gate)));
    return instructions;
  }

  /** Writes the step to the next vector of units. */
  final void advance() {
    m.add(AT_GATES, gates * m.vectorBytes());
    m.add(AT_CELLS, m.vectorBytes());
  }

  /** Returns the current vector of a row of cell states. */
  static Operand cell(Register row) {
    return Operand.at(row, AT_CELLS, 1);
  }

  /** Returns the current vector of a gate. */
  final Operand gate(Register row, int gate) {
    return new Operand(row, AT_GATES, 1, gate * m.vectorBytes());
  }
}
