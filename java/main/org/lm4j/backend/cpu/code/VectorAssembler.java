package org.lm4j.backend.cpu.code;

/**
 * Instructions on vectors of 32 bytes, as AVX2 and FMA have them (VEX prefixes, 16 registers), or
 * of 64, as AVX-512 has (EVEX prefixes, 32 registers). Registers go by their number.
 */
final class VectorAssembler extends Assembler {
  // The maps of opcodes, and the prefixes that are part of an opcode.
  private static final int MAP_0F = 1;
  private static final int MAP_0F38 = 2;
  private static final int PLAIN = 0;
  private static final int P66 = 1;
  private static final int PF3 = 2;

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

  /** vzeroupper, after which code for shorter vectors runs at full speed. */
  void zeroUpper() {
    bytes(0xc5, 0xf8, 0x77);
  }

  private void requireEvex() {
    if (!evex) {
      throw new IllegalStateException("this instruction is written for vectors of 64 bytes only");
    }
  }

  private void instruction(int map, int prefix, int opcode, int reg, int second, int rm) {
    if (evex) {
      evexPrefix(map, prefix, opcode, reg, second, rm >> 4, rm >> 3 & 1);
    } else {
      vexPrefix(map, prefix, opcode, reg, second, 0, rm >> 3);
    }
    bytes(0xc0 | (reg & 7) << 3 | rm & 7);
  }

  private void instruction(
      int map, int prefix, int opcode, int reg, int second, Operand rm, int unit) {
    if (evex) {
      evexPrefix(map, prefix, opcode, reg, second, rm.indexHigh(), rm.base().high());
    } else {
      vexPrefix(map, prefix, opcode, reg, second, rm.indexHigh(), rm.base().high());
    }
    operand(reg & 7, rm, evex ? unit : 1); // EVEX counts small offsets in whole operands
  }

  /** Most bits are stored inverted. */
  private void evexPrefix(int map, int prefix, int opcode, int reg, int second, int x, int b) {
    int high = (~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg >> 4 & 1) << 4;
    int length512 = 0x40;
    bytes(
        0x62,
        high | map,
        (~second & 15) << 3 | 4 | prefix,
        length512 | (~second >> 4 & 1) << 3,
        opcode);
  }

  private void vexPrefix(int map, int prefix, int opcode, int reg, int second, int x, int b) {
    int length256 = 4;
    int last = (~second & 15) << 3 | length256 | prefix;
    int notR = (~reg >> 3 & 1) << 7;
    if (map == MAP_0F && x == 0 && b == 0) {
      bytes(0xc5, notR | last, opcode);
    } else {
      bytes(0xc4, notR | (~x & 1) << 6 | (~b & 1) << 5 | map, last, opcode);
    }
  }
}
