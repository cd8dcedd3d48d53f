package org.lm4j.backend.cpu.code;

/**
 * Writes dropout by {@link org.lm4j.compute.Philox}, four blocks in a vector, as the Vector API's
 * form orders them: a block is two neighbouring numbers of 64 bits.
 *
 * <p>{@code z} is the address of the counter of the first block and of the key, 16 bytes each; the
 * seventh parameter is the least draw that keeps its element, without a sign, and the eighth the
 * scale of what is kept.
 */
final class DropoutCode extends ArrayCode {
  private static final int ROUNDS = 10;
  private static final int BLOCK = 16; // bytes
  private static final int BLOCKS = 4; // of a vector

  // Of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
  private static final int[] MULTIPLIERS = {0xd2511f53, 0, 0xcd9e8d57, 0};
  private static final int[] WEYL = {0x9e3779b9, 0, 0xbb67ae85, 0};

  private static final int KEEP = 1; // a mask
  private static final int COUNTER = 8;
  private static final int MULTIPLIER = 9;
  private static final int NEXT = 10;
  private static final int FIRST_KEY = 18; // one for each round

  private final Assembler.Label numbers = new Assembler.Label();

  DropoutCode(MathAssembler m) {
    super(m);
  }

  /** Writes the function. */
  void write() {
    int least = parameters(2);
    int scale = least + 1;
    m.address(NUMBERS, numbers);
    m.broadcast128(MULTIPLIER, Operand.at(NUMBERS, 0));
    m.broadcast128(NEXT, Operand.at(NUMBERS, 2 * BLOCK));
    m.broadcast128(COUNTER, Operand.at(Z, 0));
    m.load(0, Operand.at(NUMBERS, m.vectorBytes()));
    m.addLongs(COUNTER, COUNTER, 0);
    m.broadcast128(FIRST_KEY, Operand.at(Z, BLOCK));
    m.broadcast128(0, Operand.at(NUMBERS, BLOCK));
    for (int round = 1; round < ROUNDS; round++) {
      m.addInts(FIRST_KEY + round, FIRST_KEY + round - 1, 0);
    }
    loop(
        () -> {
          m.notBelowUnsigned(KEEP, draws(), least);
          m.addLongs(COUNTER, COUNTER, NEXT);
          load(2, X);
          m.multiplyMasked(2, KEEP, 2, scale);
          store(Y, 2);
        });
    end();
  }

  /** Writes the words of the current blocks; returns their register. */
  private int draws() {
    int from = 0;
    int to = 1;
    m.move(from, COUNTER);
    for (int round = 0; round < ROUNDS; round++) {
      m.multiplyLowerHalves(to, from, MULTIPLIER);
      m.reverseFours(to, to);
      m.shiftRight64(from, from, 32);
      m.exclusiveOr(to, from, FIRST_KEY + round);
      int words = to;
      to = from;
      from = words;
    }
    return from;
  }

  /** Writes the constants, behind the code. */
  void writeNumbers() {
    m.align(m.vectorBytes());
    m.place(numbers);
    for (int[] words : new int[][] {MULTIPLIERS, WEYL, {BLOCKS, 0, 0, 0}, new int[BLOCKS]}) {
      for (int word : words) {
        m.int32(word);
      }
    }
    for (int block = 0; block < BLOCKS; block++) { // what is added to the first one's counter
      for (int word : new int[] {block, 0, 0, 0}) {
        m.int32(word);
      }
    }
  }
}
