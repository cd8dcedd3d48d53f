package org.lm4j.backend.cpu.code;

/**
 * Instructions on vectors of 32 bytes, as AVX2 and FMA have them (VEX prefixes, 16 registers), or
 * of 64, as AVX-512 has (EVEX prefixes, 32 registers). Registers go by their number.
 */
class VectorAssembler extends Assembler {
  // The maps of opcodes, and the prefixes that are part of an opcode.
  static final int MAP_0F = 1;
  static final int MAP_0F38 = 2;
  static final int MAP_0F3A = 3;
  static final int PLAIN = 0;
  static final int P66 = 1;
  static final int PF3 = 2;
  private static final int PF2 = 3;

  private static final int LENGTH_256 = 4; // in a VEX prefix
  private static final int W1 = 0x80; // in an EVEX prefix
  static final int ZEROED = 0x80; // beside the number of a mask

  private final boolean evex;
  private final int vectorBytes;

  /** Writes for vectors of 32 or 64 bytes. */
  VectorAssembler(int vectorBytes) {
    if (vectorBytes != 32 && vectorBytes != 64) {
      throw new IllegalArgumentException("vectors of " + vectorBytes + " bytes");
    }
    this.vectorBytes = vectorBytes;
    this.evex = vectorBytes == 64;
  }

  int vectorBytes() {
    return vectorBytes;
  }

  /** Vector registers that there are. */
  int registers() {
    return evex ? 32 : 16;
  }

  /** vmovups: a whole vector, at any address. */
  void load(int to, Operand from) {
    instruction(MAP_0F, PLAIN, 0x10, to, 0, from, vectorBytes);
  }

  /** vmovups. */
  void store(Operand to, int from) {
    instruction(MAP_0F, PLAIN, 0x11, from, 0, to, vectorBytes);
  }

  /** vmovaps between registers. */
  void move(int to, int from) {
    instruction(MAP_0F, PLAIN, 0x28, to, 0, from);
  }

  /** vbroadcastss: the 32 bits at an address into every lane. */
  void broadcast(int to, Operand from) {
    instruction(MAP_0F38, P66, 0x18, to, 0, from, Float.BYTES);
  }

  /** vaddps: {@code to = left + right}. */
  void add(int to, int left, Operand right) {
    instruction(MAP_0F, PLAIN, 0x58, to, left, right, vectorBytes);
  }

  /** vfmadd231ps: {@code sum += left · right}, rounded once. */
  void multiplyAdd(int sum, int left, int right) {
    instruction(MAP_0F38, P66, 0xb8, sum, left, right);
  }

  /** vfmadd231ps: {@code sum += left · right}, rounded once. */
  void multiplyAdd(int sum, int left, Operand right) {
    instruction(MAP_0F38, P66, 0xb8, sum, left, right, vectorBytes);
  }

  /** vdpbf16ps: to each lane of {@code sum} the products of two pairs of bf16 are added. */
  void dotBf16(int sum, int left, int right) {
    requireEvex();
    instruction(MAP_0F38, PF3, 0x52, sum, left, right);
  }

  /** vdpbf16ps: to each lane of {@code sum} the products of two pairs of bf16 are added. */
  void dotBf16(int sum, int left, Operand right) {
    requireEvex();
    instruction(MAP_0F38, PF3, 0x52, sum, left, right, vectorBytes);
  }

  /** vpdpbusd: to each lane of {@code sum} four products of a byte without sign and one with. */
  void dotBytes(int sum, int unsigned, int signed) {
    requireEvex();
    instruction(MAP_0F38, P66, 0x50, sum, unsigned, signed);
  }

  /** vpdpbusd: to each lane of {@code sum} four products of a byte without sign and one with. */
  void dotBytes(int sum, int unsigned, Operand signed) {
    requireEvex();
    instruction(MAP_0F38, P66, 0x50, sum, unsigned, signed, vectorBytes);
  }

  /** vpaddd: {@code to = left + right}, whole numbers of 32 bits. */
  void addInts(int to, int left, Operand right) {
    requireEvex();
    instruction(MAP_0F, P66, 0xfe, to, left, right, vectorBytes);
  }

  /** kmovw: a mask, k1 to k7, from the low 16 bits of a register among the first eight. */
  void mask(int to, Register from) {
    requireEvex();
    vexPrefix(MAP_0F, PLAIN, 0x92, 0, 0, 0, from.high(), 0);
    bytes(0xc0 | to << 3 | from.low());
  }

  /** kandw: the lanes that are in two masks. */
  void andMasks(int to, int left, int right) {
    requireEvex();
    vexPrefix(MAP_0F, PLAIN, 0x41, 0, left, 0, 0, LENGTH_256);
    bytes(0xc0 | to << 3 | right);
  }

  /** kxnorw: a mask of all lanes. */
  void allLanes(int to) {
    requireEvex();
    vexPrefix(MAP_0F, PLAIN, 0x46, 0, to, 0, 0, LENGTH_256);
    bytes(0xc0 | to << 3 | to);
  }

  /** vmovups: the lanes of a mask, zeros in the others, whose memory is not read. */
  void loadMasked(int to, int mask, Operand from) {
    requireEvex();
    int x = from.indexHigh();
    evexPrefix(MAP_0F, PLAIN, 0x10, to, 0, x, from.base().high(), ZEROED | mask);
    operand(to & 7, from, vectorBytes);
  }

  /** vmovups: the lanes of a mask, and no memory of the others. */
  void storeMasked(Operand to, int mask, int from) {
    requireEvex();
    evexPrefix(MAP_0F, PLAIN, 0x11, from, 0, to.indexHigh(), to.base().high(), mask);
    operand(from & 7, to, vectorBytes);
  }

  /** vmovups: a whole vector that lies in the code. */
  void load(int to, Label constant) {
    requireEvex();
    evexPrefix(MAP_0F, PLAIN, 0x10, to, 0, 0, 0);
    bytes(5 | (to & 7) << 3); // an address relative to the next instruction
    distance(constant);
  }

  /**
   * vcvtne2ps2bf16: the bf16 nearest to each float, those of {@code low} in the lower 32 bytes,
   * those of {@code high} in the upper ones.
   */
  void roundToBf16(int to, int high, int low) {
    requireEvex();
    instruction(MAP_0F38, PF2, 0x72, to, high, low);
  }

  /** vpermw: the 16 bits at the places in {@code from} that {@code places} gives. */
  void permuteWords(int to, int places, int from) {
    requireEvex();
    evexPrefix(MAP_0F38, P66, 0x8d, to, places, from >> 4, from >> 3 & 1, 0, W1);
    bytes(0xc0 | (to & 7) << 3 | (from & 7));
  }

  /** vmaskmovps: the lanes whose sign is set in {@code mask}, zeros in the others. */
  void loadSigned(int to, int mask, Operand from) {
    instruction(MAP_0F38, P66, 0x2c, to, mask, from, vectorBytes);
  }

  /** vextractf64x4: the upper 32 bytes of 64. */
  void upperHalf512(int to, int from) {
    requireEvex();
    evexPrefix(MAP_0F3A, P66, 0x1b, from, 0, to >> 4, to >> 3 & 1, 0, W1);
    bytes(0xc0 | (from & 7) << 3 | (to & 7), 1);
  }

  /** vextractf128: the upper 16 bytes of 32, of the first 16 registers. */
  void upperHalf256(int to, int from) {
    short256(MAP_0F3A, P66, 0x19, from, 0, to);
    bytes(1);
  }

  /** vaddps on 32 bytes of the first 16 registers. */
  void add256(int to, int left, int right) {
    short256(MAP_0F, PLAIN, 0x58, to, left, right);
  }

  /** vaddps on 16 bytes of the first 16 registers, as all below. */
  void add128(int to, int left, int right) {
    short128(PLAIN, 0x58, to, left, right);
  }

  /** vxorps with itself: the whole register becomes zero. */
  void zero(int register) {
    short128(PLAIN, 0x57, register, register, register);
  }

  /** vunpcklps: the lower two floats of each in turn. */
  void unpackLow128(int to, int left, int right) {
    short128(PLAIN, 0x14, to, left, right);
  }

  /** vunpckhps: the upper two floats of each in turn. */
  void unpackHigh128(int to, int left, int right) {
    short128(PLAIN, 0x15, to, left, right);
  }

  /** vmovlhps: the lower halves of {@code left} and of {@code right}. */
  void lowerHalves128(int to, int left, int right) {
    short128(PLAIN, 0x16, to, left, right);
  }

  /** vmovhlps: the upper halves of {@code right} and of {@code left}. */
  void upperHalves128(int to, int left, int right) {
    short128(PLAIN, 0x12, to, left, right);
  }

  /** vmovshdup: each odd float twice. */
  void odd128(int to, int from) {
    short128(PF3, 0x16, to, 0, from);
  }

  /** vmovups: 16 bytes. */
  void store128(Operand to, int from) {
    vexPrefix(MAP_0F, PLAIN, 0x11, from, 0, to.indexHigh(), to.base().high(), 0);
    operand(from & 7, to, 1);
  }

  /** vmovss: one float. */
  void storeOne(Operand to, int from) {
    vexPrefix(MAP_0F, PF3, 0x11, from, 0, to.indexHigh(), to.base().high(), 0);
    operand(from & 7, to, 1);
  }

  private void short128(int prefix, int opcode, int reg, int second, int rm) {
    vexPrefix(MAP_0F, prefix, opcode, reg, second, 0, rm >> 3, 0);
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  private void short256(int map, int prefix, int opcode, int reg, int second, int rm) {
    vexPrefix(map, prefix, opcode, reg, second, 0, rm >> 3, LENGTH_256);
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  /** vzeroupper, after which code for shorter vectors runs at full speed. */
  void zeroUpper() {
    bytes(0xc5, 0xf8, 0x77);
  }

  private void requireEvex() {
    if (!evex) {
      throw new IllegalStateException("this instruction is written for vectors of 64 bytes only");
    }
  }

  final void instruction(int map, int prefix, int opcode, int reg, int second, int rm) {
    if (evex) {
      evexPrefix(map, prefix, opcode, reg, second, rm >> 4, rm >> 3 & 1);
    } else {
      vexPrefix(map, prefix, opcode, reg, second, 0, rm >> 3, LENGTH_256);
    }
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  final void instruction(
      int map, int prefix, int opcode, int reg, int second, Operand rm, int unit) {
    if (evex) {
      evexPrefix(map, prefix, opcode, reg, second, rm.indexHigh(), rm.base().high());
    } else {
      int b = rm.base().high();
      vexPrefix(map, prefix, opcode, reg, second, rm.indexHigh(), b, LENGTH_256);
    }
    operand(reg & 7, rm, evex ? unit : 1); // EVEX counts small offsets in whole operands
  }

  /** An instruction on the lanes of a mask; {@code mask} with {@link #ZEROED} clears the others. */
  final void masked(
      int map, int prefix, int opcode, int reg, int second, int rm, int mask) { // all of a prefix
    requireEvex();
    evexPrefix(map, prefix, opcode, reg, second, rm >> 4, rm >> 3 & 1, mask);
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  /** An instruction on the doubles of a mask, see {@link #masked}. */
  final void maskedDoubles(
      int map, int prefix, int opcode, int reg, int second, int rm, int mask) { // all of a prefix
    requireEvex();
    evexPrefix(map, prefix, opcode, reg, second, rm >> 4, rm >> 3 & 1, mask, W1);
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  /** An instruction on doubles. */
  final void wide(int map, int prefix, int opcode, int reg, int second, int rm) {
    requireEvex();
    evexPrefix(map, prefix, opcode, reg, second, rm >> 4, rm >> 3 & 1, 0, W1);
    bytes(0xc0 | (reg & 7) << 3 | (rm & 7));
  }

  private void evexPrefix(int map, int prefix, int opcode, int reg, int second, int x, int b) {
    evexPrefix(map, prefix, opcode, reg, second, x, b, 0);
  }

  private void evexPrefix(
      int map, int prefix, int opcode, int reg, int second, int x, int b, int mask) {
    evexPrefix(map, prefix, opcode, reg, second, x, b, mask, 0);
  }

  /** Most bits are stored inverted. */
  private void evexPrefix( // the fields of the prefix
      int map, int prefix, int opcode, int reg, int second, int x, int b, int mask, int wide) {
    int high = (~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg >> 4 & 1) << 4;
    int length512 = 0x40;
    bytes(
        0x62,
        high | map,
        wide | (~second & 15) << 3 | 4 | prefix,
        mask | length512 | (~second >> 4 & 1) << 3,
        opcode);
  }

  private void vexPrefix( // the fields of the prefix
      int map, int prefix, int opcode, int reg, int second, int x, int b, int length) {
    int last = (~second & 15) << 3 | length | prefix;
    int notR = (~reg >> 3 & 1) << 7;
    if (map == MAP_0F && x == 0 && b == 0) {
      bytes(0xc5, notR | last, opcode);
    } else {
      bytes(0xc4, notR | (~x & 1) << 6 | (~b & 1) << 5 | map, last, opcode);
    }
  }
}
