package org.lm4j.backend.cpu.code;

/**
 * Arithmetic on vectors of 64 bytes beyond sums of products: what functions of numbers are made of.
 * Registers go by their number.
 */
final class MathAssembler extends VectorAssembler {
  MathAssembler() {
    super(64);
  }

  /** vaddps: {@code to = left + right}. */
  void add(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x58, to, left, right);
  }

  /** vmulps: {@code to = left · right}. */
  void multiply(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x59, to, left, right);
  }

  /** vmulps: {@code to = left · right}. */
  void multiply(int to, int left, Operand right) {
    instruction(MAP_0F, PLAIN, 0x59, to, left, right, vectorBytes());
  }

  /** vmulps: {@code to = left · right} in the lanes of a mask, zeros in the others. */
  void multiplyMasked(int to, int mask, int left, int right) {
    masked(MAP_0F, PLAIN, 0x59, to, left, right, mask | ZEROED);
  }

  /** vsubps: {@code to = left - right}. */
  void subtract(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x5c, to, left, right);
  }

  /** vdivps: {@code to = left / right}. */
  void divide(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x5e, to, left, right);
  }

  /** vfmadd213ps: {@code factor = factor · other + summand}, rounded once. */
  void timesPlus(int factor, int other, int summand) {
    instruction(MAP_0F38, P66, 0xa8, factor, other, summand);
  }

  /** vfmadd213ps: {@code factor = factor · other + summand}, rounded once. */
  void timesPlus(int factor, int other, Operand summand) {
    instruction(MAP_0F38, P66, 0xa8, factor, other, summand, vectorBytes());
  }

  /** vmaxps: {@code left} where it is greater, else {@code right}, with a NaN too. */
  void greater(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x5f, to, left, right);
  }

  /** vminps: {@code left} where it is less, else {@code right}, with a NaN too. */
  void smaller(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x5d, to, left, right);
  }

  /** vmulpd: {@code to = left · right} on doubles. */
  void multiplyDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x59, to, left, right);
  }

  /** vsubpd: {@code to = left - right} on doubles. */
  void subtractDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x5c, to, left, right);
  }

  /** vmaxpd: the larger of two doubles; {@code right} if one is a NaN, or both are zeros. */
  void greaterDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x5f, to, left, right);
  }

  /** vcmpnltpd: a mask of the doubles where not {@code left < right}: those with a NaN, too. */
  void notBelowDoubles(int mask, int left, int right) {
    wide(MAP_0F, P66, 0xc2, mask, left, right);
    bytes(5);
  }

  /** vmovapd: the doubles of a mask, zeros in the others. */
  void moveMaskedDoubles(int to, int mask, int from) {
    maskedDoubles(MAP_0F, P66, 0x28, to, 0, from, mask | ZEROED);
  }

  /** vcvtps2pd: the lower eight floats as doubles. */
  void doubles(int to, int from) {
    instruction(MAP_0F, PLAIN, 0x5a, to, 0, from);
  }

  /** vfmadd213pd: {@code factor = factor · other + summand} on doubles, rounded once. */
  void timesPlusDoubles(int factor, int other, int summand) {
    wide(MAP_0F38, P66, 0xa8, factor, other, summand);
  }

  /** vcmpltps: a mask of the lanes where {@code left < right}. */
  void below(int mask, int left, Operand right) {
    instruction(MAP_0F, PLAIN, 0xc2, mask, left, right, vectorBytes());
    bytes(1);
  }

  /** vcmpltps: a mask of the lanes where {@code left < right}. */
  void below(int mask, int left, int right) {
    instruction(MAP_0F, PLAIN, 0xc2, mask, left, right);
    bytes(1);
  }

  /** vcmpnltps: a mask of the lanes where not {@code left < right}: those with a NaN, too. */
  void notBelow(int mask, int left, int right) {
    instruction(MAP_0F, PLAIN, 0xc2, mask, left, right);
    bytes(5);
  }

  /** vpmovd2m: a mask of the lanes whose sign is set. */
  void signs(int mask, int from) {
    instruction(MAP_0F38, PF3, 0x39, mask, 0, from);
  }

  /** vblendmps: {@code right} in the lanes of a mask, {@code left} in the others. */
  void choose(int to, int mask, int left, int right) {
    masked(MAP_0F38, P66, 0x65, to, left, right, mask);
  }

  /** vpord: the bits that are set in either. */
  void orBits(int to, int left, int right) {
    instruction(MAP_0F, P66, 0xeb, to, left, right);
  }

  /** vpandnd: the bits that are set in {@code right} and not in {@code left}. */
  void bitsWithout(int to, int left, int right) {
    instruction(MAP_0F, P66, 0xdf, to, left, right);
  }

  /**
   * vpternlogd: the bits of {@code to} where {@code selector} has none, those of {@code other}
   * where it has.
   */
  void bitsFrom(int to, int selector, int other) {
    instruction(MAP_0F3A, P66, 0x25, to, selector, other);
    bytes(0xb8); // index: to << 2 | selector << 1 | other
  }

  /** vpslld: each 32 bits moved up. */
  void shiftLeft32(int to, int from, int bits) {
    int extension = 6;
    instruction(MAP_0F, P66, 0x72, extension, to, from);
    bytes(bits);
  }

  /** vpaddd: {@code to = left + right}, whole numbers of 32 bits. */
  void addInts(int to, int left, int right) {
    instruction(MAP_0F, P66, 0xfe, to, left, right);
  }

  /** vpandd: the bits that are set in both. */
  void andBits(int to, int left, int right) {
    instruction(MAP_0F, P66, 0xdb, to, left, right);
  }

  /** vpsrld: each 32 bits moved down, with zeros above. */
  void shiftRight32(int to, int from, int bits) {
    int extension = 2;
    instruction(MAP_0F, P66, 0x72, extension, to, from);
    bytes(bits);
  }

  /** vbroadcasti32x4: 16 bytes at an address, four times. */
  void broadcast128(int to, Operand from) {
    instruction(MAP_0F38, P66, 0x5a, to, 0, from, 16);
  }

  /** vpshufb: each byte of {@code places}, below 16, becomes the byte at that place of its 16. */
  void lookUpBytes(int to, int table, int places) {
    instruction(MAP_0F38, P66, 0x00, to, table, places);
  }

  /** vpunpcklbw: the lower 8 of each 16 bytes of both in turn, {@code low} first. */
  void mergeLowBytes(int to, int low, int high) {
    instruction(MAP_0F, P66, 0x60, to, low, high);
  }

  /** vpunpckhbw: the upper 8 of each 16 bytes of both in turn, {@code low} first. */
  void mergeHighBytes(int to, int low, int high) {
    instruction(MAP_0F, P66, 0x68, to, low, high);
  }

  /** vpmovsxbd: 16 bytes at an address, each as a whole number of 32 bits with its sign. */
  void bytesToInts(int to, Operand from) {
    instruction(MAP_0F38, P66, 0x21, to, 0, from, 16);
  }

  /** vcvtdq2ps: the float nearest to each whole number of 32 bits. */
  void toFloats(int to, int from) {
    instruction(MAP_0F, PLAIN, 0x5b, to, 0, from);
  }

  /** vsqrtps: the nearest float to the square root. */
  void squareRoot(int to, int from) {
    instruction(MAP_0F, PLAIN, 0x51, to, 0, from);
  }

  /** vaddpd: {@code to = left + right} on doubles. */
  void addDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x58, to, left, right);
  }

  /** vbroadcastss: the first lane in every lane. */
  void broadcastFirst(int to, int from) {
    instruction(MAP_0F38, P66, 0x18, to, 0, from);
  }

  /** vmovaps: the lanes of a mask, zeros in the others. */
  void moveMasked(int to, int mask, int from) {
    masked(MAP_0F, PLAIN, 0x28, to, 0, from, mask | ZEROED);
  }

  /** vunpcklps: in each 16 bytes, the lower two floats of both in turn. */
  void mergeLow(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x14, to, left, right);
  }

  /** vunpckhps: in each 16 bytes, the upper two floats of both in turn. */
  void mergeHigh(int to, int left, int right) {
    instruction(MAP_0F, PLAIN, 0x15, to, left, right);
  }

  /** vunpcklpd: in each 16 bytes, the lower 8 of both. */
  void mergeLowDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x14, to, left, right);
  }

  /** vunpckhpd: in each 16 bytes, the upper 8 of both. */
  void mergeHighDoubles(int to, int left, int right) {
    wide(MAP_0F, P66, 0x15, to, left, right);
  }

  /** vshuff32x4: the first and third 16 bytes of both, {@code left} first. */
  void evenQuarters(int to, int left, int right) {
    quarters(to, left, right, 0x88);
  }

  /** vshuff32x4: the second and fourth 16 bytes of both, {@code left} first. */
  void oddQuarters(int to, int left, int right) {
    quarters(to, left, right, 0xdd);
  }

  private void quarters(int to, int left, int right, int which) {
    instruction(MAP_0F3A, P66, 0x23, to, left, right);
    bytes(which);
  }

  /** vpmuludq: of each 64 bits, the product of the lower halves, without signs. */
  void multiplyLowerHalves(int to, int left, int right) {
    wide(MAP_0F, P66, 0xf4, to, left, right);
  }

  /** vpaddq: {@code to = left + right}, whole numbers of 64 bits. */
  void addLongs(int to, int left, int right) {
    wide(MAP_0F, P66, 0xd4, to, left, right);
  }

  /** vpsrlq: each 64 bits moved down, with zeros above. */
  void shiftRight64(int to, int from, int bits) {
    int extension = 2;
    wide(MAP_0F, P66, 0x73, extension, to, from);
    bytes(bits);
  }

  /** vpsllq: each 64 bits moved up. */
  void shiftLeft64(int to, int from, int bits) {
    int extension = 6;
    wide(MAP_0F, P66, 0x73, extension, to, from);
    bytes(bits);
  }

  /** vpshufd: in each 16 bytes, the four of 32 bits in reverse. */
  void reverseFours(int to, int from) {
    instruction(MAP_0F, P66, 0x70, to, 0, from);
    bytes(0x1b); // 0 1 2 3 from the lowest two bits up: 3 2 1 0
  }

  /** vpternlogd: the bits that an odd number of the three have. */
  void exclusiveOr(int to, int second, int third) {
    instruction(MAP_0F3A, P66, 0x25, to, second, third);
    bytes(0x96);
  }

  /** vpcmpnltud: a mask of the lanes where not {@code left < right}, both without signs. */
  void notBelowUnsigned(int mask, int left, int right) {
    instruction(MAP_0F3A, P66, 0x1e, mask, left, right);
    bytes(5);
  }

  /** vpmaxsd: the larger of each two whole numbers of 32 bits. */
  void largerInts(int to, int left, int right) {
    instruction(MAP_0F38, P66, 0x3d, to, left, right);
  }
}
