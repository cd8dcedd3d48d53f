package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.EQUAL;
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
import static org.lm4j.backend.cpu.code.Register.RSP;

/**
 * Writes the rounding of float32 to bf16, two numbers into each word of 32 bits, in vectors of 16
 * words.
 *
 * <pre>
 * long pairs(long rows, long vectors, long zeros, const float *low, const float *high,
 *            long sourceBytes, uint32_t *target, long rowBytes, long vectorBytes, long masks)
 * </pre>
 *
 * <p>A row is so many whole vectors, then one of fewer words if {@code masks} has any for it, then
 * so many vectors of zeros. {@code masks} are four of 16 bits, from the lowest: the lanes of {@code
 * low} and of {@code high} that are read in a whole vector, those read in the last one, and those
 * written in the last one. A lane that is not read is zero.
 */
final class PairsCode {
  private static final Register ROWS = RDI; // that remain
  private static final Register VECTORS = RSI;
  private static final Register ZEROS = RDX;
  private static final Register LOW = RCX;
  private static final Register HIGH = R8;
  private static final Register SOURCE_BYTES = R9;
  private static final Register TARGET = R10;
  private static final Register ROW_BYTES = R11;
  private static final Register VECTOR_BYTES = R12;
  private static final Register LAST = RBP; // the lanes written in the last vector
  private static final Register AT_LOW = R13;
  private static final Register AT_HIGH = R14;
  private static final Register AT_TARGET = R15;
  private static final Register COUNT = RBX; // of the vectors that remain
  private static final Register[] SAVED = {RBX, RBP, R12, R13, R14, R15};

  // Parameters on the stack, behind the saved registers and the return address.
  private static final int STACK = Long.BYTES * (SAVED.length + 1);
  private static final Operand TARGET_PARAMETER = Operand.at(RSP, STACK);
  private static final Operand ROW_BYTES_PARAMETER = Operand.at(RSP, STACK + 8);
  private static final Operand VECTOR_BYTES_PARAMETER = Operand.at(RSP, STACK + 16);
  private static final Operand MASKS_PARAMETER = Operand.at(RSP, STACK + 24);

  // Masks.
  private static final int READ_LOW = 1;
  private static final int READ_HIGH = 2;
  private static final int READ_LAST = 3;
  private static final int WRITE_LAST = 4;
  private static final int READ_LAST_LOW = 5;
  private static final int READ_LAST_HIGH = 6;

  // Vectors.
  private static final int LOWER = 0;
  private static final int UPPER = 1;
  private static final int ZERO = 2;
  private static final int ORDER = 3;

  private static final int WORDS = 16; // of a vector

  private final VectorAssembler m;

  private PairsCode(VectorAssembler m) {
    this.m = m;
  }

  /** Writes the function. */
  static void write(VectorAssembler m) {
    new PairsCode(m).function();
  }

  private void function() {
    for (Register register : SAVED) {
      m.push(register);
    }
    m.load(TARGET, TARGET_PARAMETER);
    m.load(ROW_BYTES, ROW_BYTES_PARAMETER);
    m.load(VECTOR_BYTES, VECTOR_BYTES_PARAMETER);
    m.load(RAX, MASKS_PARAMETER);
    m.mask(READ_LOW, RAX);
    m.shiftRight(RAX, 16);
    m.mask(READ_HIGH, RAX);
    m.shiftRight(RAX, 16);
    m.mask(READ_LAST, RAX);
    m.shiftRight(RAX, 16);
    m.mask(WRITE_LAST, RAX);
    m.move(LAST, RAX);
    m.andMasks(READ_LAST_LOW, READ_LOW, READ_LAST);
    m.andMasks(READ_LAST_HIGH, READ_HIGH, READ_LAST);
    m.zero(ZERO);
    Assembler.Label order = new Assembler.Label();
    m.load(ORDER, order);

    Assembler.Label next = new Assembler.Label();
    Assembler.Label done = new Assembler.Label();
    m.place(next);
    m.compare(ROWS, 0);
    m.jump(EQUAL, done);
    row();
    m.add(LOW, SOURCE_BYTES);
    m.add(HIGH, SOURCE_BYTES);
    m.add(TARGET, ROW_BYTES);
    m.decrement(ROWS);
    m.jump(next);
    m.place(done);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      m.pop(SAVED[i]);
    }
    m.zeroUpper();
    m.ret();
    m.align(m.vectorBytes());
    m.place(order);
    for (int word = 0; word < WORDS; word++) { // of 16 bits: one of the lower, one of the upper
      m.int32(word | (word + WORDS) << 16);
    }
  }

  private void row() {
    m.move(AT_LOW, LOW);
    m.move(AT_HIGH, HIGH);
    m.move(AT_TARGET, TARGET);
    repeat(
        VECTORS,
        () -> {
          rounded(READ_LOW, READ_HIGH);
          m.store(Operand.at(AT_TARGET, 0), LOWER);
          m.add(AT_LOW, m.vectorBytes());
          m.add(AT_HIGH, m.vectorBytes());
          m.add(AT_TARGET, VECTOR_BYTES);
        });
    Assembler.Label whole = new Assembler.Label();
    m.compare(LAST, 0);
    m.jump(EQUAL, whole);
    rounded(READ_LAST_LOW, READ_LAST_HIGH);
    m.storeMasked(Operand.at(AT_TARGET, 0), WRITE_LAST, LOWER);
    m.add(AT_TARGET, VECTOR_BYTES);
    m.place(whole);
    repeat(
        ZEROS,
        () -> {
          m.store(Operand.at(AT_TARGET, 0), ZERO);
          m.add(AT_TARGET, VECTOR_BYTES);
        });
  }

  private void repeat(Register times, Runnable body) {
    Assembler.Label loop = new Assembler.Label();
    Assembler.Label end = new Assembler.Label();
    m.move(COUNT, times);
    m.compare(COUNT, 0);
    m.jump(EQUAL, end);
    m.place(loop);
    body.run();
    m.decrement(COUNT);
    m.jump(NOT_EQUAL, loop);
    m.place(end);
  }

  private void rounded(int lowMask, int highMask) {
    m.loadMasked(LOWER, lowMask, Operand.at(AT_LOW, 0));
    m.loadMasked(UPPER, highMask, Operand.at(AT_HIGH, 0));
    m.roundToBf16(LOWER, UPPER, LOWER);
    m.permuteWords(LOWER, ORDER, LOWER);
  }
}
