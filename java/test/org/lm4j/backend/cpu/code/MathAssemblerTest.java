package org.lm4j.backend.cpu.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.code.Operand.at;
import static org.lm4j.backend.cpu.code.Register.R10;
import static org.lm4j.backend.cpu.code.Register.R11;
import static org.lm4j.backend.cpu.code.Register.R12;
import static org.lm4j.backend.cpu.code.Register.R13;
import static org.lm4j.backend.cpu.code.Register.R14;
import static org.lm4j.backend.cpu.code.Register.R15;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.code.Assembler.Label;

/**
 * Instructions of functions of numbers against the bytes that GNU as 2.40 writes for their text.
 */
class MathAssemblerTest {
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  private static void check(String bytes, String text, Consumer<MathAssembler> call) {
    MathAssembler m = new MathAssembler();
    call.accept(m);
    assertThat(HEX.formatHex(m.code())).as(text).isEqualTo(bytes);
  }

  @Test
  void arithmeticOnVectors() {
    check("62 81 6c 48 58 ef", "vaddps zmm21,zmm2,zmm31", m -> m.add(21, 2, 31));
    check("62 d1 5c 40 59 d9", "vmulps zmm3,zmm20,zmm9", m -> m.multiply(3, 20, 9));
    check(
        "62 d1 5c 40 59 59 01",
        "vmulps zmm3,zmm20,ZMMWORD PTR [r9+0x40]",
        m -> m.multiply(3, 20, at(R9, 64)));
    check("62 d1 5c c2 59 d9", "vmulps zmm3{k2}{z},zmm20,zmm9", m -> m.multiplyMasked(3, 2, 20, 9));
    check("62 21 74 48 5c f1", "vsubps zmm30,zmm1,zmm17", m -> m.subtract(30, 1, 17));
    check("62 91 6c 40 5e d5", "vdivps zmm2,zmm18,zmm29", m -> m.divide(2, 18, 29));
    check("62 82 55 48 a8 c3", "vfmadd213ps zmm16,zmm5,zmm27", m -> m.timesPlus(16, 5, 27));
    check(
        "62 d2 35 40 a8 77 02",
        "vfmadd213ps zmm6,zmm25,ZMMWORD PTR [r15+0x80]",
        m -> m.timesPlus(6, 25, at(R15, 128)));
  }

  @Test
  void maximaAndDoubles() {
    check("62 d1 5c 40 5f d9", "vmaxps zmm3,zmm20,zmm9", m -> m.greater(3, 20, 9));
    check("62 81 7c 48 5a ca", "vcvtps2pd zmm17,ymm26", m -> m.doubles(17, 26));
    check("62 82 d5 48 a8 c3", "vfmadd213pd zmm16,zmm5,zmm27", m -> m.timesPlusDoubles(16, 5, 27));
  }

  @Test
  void comparisonsAndBitsOfVectors() {
    check(
        "62 d1 6c 48 c2 5f 0c 01",
        "vcmpltps k3,zmm2,ZMMWORD PTR [r15+0x300]",
        m -> m.below(3, 2, at(R15, 768)));
    check("62 91 6c 40 c2 e9 05", "vcmpnltps k5,zmm18,zmm25", m -> m.notBelow(5, 18, 25));
    check("62 b2 7e 48 39 e4", "vpmovd2m k4,zmm20", m -> m.signs(4, 20));
    check("62 e2 0d 43 65 cc", "vblendmps zmm17{k3},zmm30,zmm4", m -> m.choose(17, 3, 30, 4));
    check("62 91 7d 48 eb ca", "vpord zmm1,zmm0,zmm26", m -> m.orBits(1, 0, 26));
    check("62 f1 2d 40 df f4", "vpandnd zmm6,zmm26,zmm4", m -> m.bitsWithout(6, 26, 4));
    check("62 a3 2d 40 25 c8 b8", "vpternlogd zmm17,zmm26,zmm16,0xb8", m -> m.bitsFrom(17, 26, 16));
    check("62 f1 4d 40 72 f6 17", "vpslld zmm22,zmm6,0x17", m -> m.shiftLeft32(22, 6, 23));
    check("62 91 6d 48 fe d6", "vpaddd zmm2,zmm2,zmm30", m -> m.addInts(2, 2, 30));
    check("c5 cc 46 f6", "kxnorw k6,k6,k6", m -> m.allLanes(6));
  }

  @Test
  void numbersInMemory() {
    check("4c 03 4f 68", "add r9,QWORD PTR [rdi+0x68]", m -> m.add(R9, at(RDI, 104)));
    check("49 03 14 24", "add rdx,QWORD PTR [r12]", m -> m.add(RDX, at(R12, 0)));
    check("48 83 07 ff", "add QWORD PTR [rdi],0xffffffffffffffff", m -> m.add(at(RDI, 0), -1));
    check(
        "49 81 45 18 00 10 00 00",
        "add QWORD PTR [r13+0x18],0x1000",
        m -> m.add(at(R13, 24), 4096));
    check("48 0f af 47 20", "imul rax,QWORD PTR [rdi+0x20]", m -> m.multiply(RAX, at(RDI, 32)));
    check("4d 0f af 31", "imul r14,QWORD PTR [r9]", m -> m.multiply(R14, at(R9, 0)));
    check("48 63 00", "movsxd rax,DWORD PTR [rax]", m -> m.load32(RAX, at(RAX, 0)));
    check("4d 63 53 04", "movsxd r10,DWORD PTR [r11+0x4]", m -> m.load32(R10, at(R11, 4)));
  }

  @Test
  void anAddressInTheCodeIsADistance() {
    check(
        "4c 8d 3d 01 00 00 00 c3",
        "lea r15,[rip+0x1]",
        m -> {
          Label here = new Label();
          m.address(R15, here);
          m.ret();
          m.place(here);
        });
  }

  @Test
  void wholeNumbersAndTheLarger() {
    check("62 f1 7c 48 5b db", "vcvtdq2ps zmm3,zmm3", m -> m.toFloats(3, 3));
    check("62 81 7c 48 5b cc", "vcvtdq2ps zmm17,zmm28", m -> m.toFloats(17, 28));
    check("62 51 2c 48 5f c9", "vmaxps zmm9,zmm10,zmm9", m -> m.greater(9, 10, 9));
    check("62 a1 34 48 5f e4", "vmaxps zmm20,zmm9,zmm20", m -> m.greater(20, 9, 20));
  }

  @Test
  void bytesOfVectors() {
    check("62 f1 3d 48 db fe", "vpandd zmm7,zmm8,zmm6", m -> m.andBits(7, 8, 6));
    check("62 81 3d 48 db ce", "vpandd zmm17,zmm8,zmm30", m -> m.andBits(17, 8, 30));
    check("62 d1 3d 48 72 d0 04", "vpsrld zmm8,zmm8,0x4", m -> m.shiftRight32(8, 8, 4));
    check("62 91 6d 40 72 d1 04", "vpsrld zmm18,zmm25,0x4", m -> m.shiftRight32(18, 25, 4));
    check(
        "62 c2 7d 48 5a 69 02",
        "vbroadcasti32x4 zmm21,XMMWORD PTR [r9+0x20]",
        m -> m.broadcast128(21, at(R9, 32)));
    check(
        "62 c2 7d 48 21 69 02",
        "vpmovsxbd zmm21,XMMWORD PTR [r9+0x20]",
        m -> m.bytesToInts(21, at(R9, 32)));
    check("62 f2 55 48 00 ff", "vpshufb zmm7,zmm5,zmm7", m -> m.lookUpBytes(7, 5, 7));
    check("62 a2 05 48 00 f8", "vpshufb zmm23,zmm15,zmm16", m -> m.lookUpBytes(23, 15, 16));
    check("62 71 35 48 60 df", "vpunpcklbw zmm11,zmm9,zmm7", m -> m.mergeLowBytes(11, 9, 7));
    check("62 a1 15 40 60 d9", "vpunpcklbw zmm19,zmm29,zmm17", m -> m.mergeLowBytes(19, 29, 17));
    check("62 71 35 48 68 e7", "vpunpckhbw zmm12,zmm9,zmm7", m -> m.mergeHighBytes(12, 9, 7));
    check("62 a1 15 40 68 e2", "vpunpckhbw zmm20,zmm29,zmm18", m -> m.mergeHighBytes(20, 29, 18));
  }

  @Test
  void rootsSumsAndLanes() {
    check("62 e1 7c 48 51 dd", "vsqrtps zmm19,zmm5", m -> m.squareRoot(19, 5));
    check("62 81 ed 48 58 ef", "vaddpd zmm21,zmm2,zmm31", m -> m.addDoubles(21, 2, 31));
    check("62 c2 7d 48 18 e1", "vbroadcastss zmm20,xmm9", m -> m.broadcastFirst(20, 9));
    check("62 91 7c cf 28 da", "vmovaps zmm3{k7}{z},zmm26", m -> m.moveMasked(3, 7, 26));
  }

  @Test
  void theSmallerAndComparisonsOfRegisters() {
    check("62 81 54 48 5d dc", "vminps zmm19,zmm5,zmm28", m -> m.smaller(19, 5, 28));
    check("62 52 5d 40 3d c1", "vpmaxsd zmm8,zmm20,zmm9", m -> m.largerInts(8, 20, 9));
    check("62 d1 5c 40 c2 d9 01", "vcmpltps k3,zmm20,zmm9", m -> m.below(3, 20, 9));
  }

  @Test
  void exponentialsOfDoubles() {
    check("62 21 f5 48 5c f1", "vsubpd zmm30,zmm1,zmm17", m -> m.subtractDoubles(30, 1, 17));
    check("62 d1 dd 40 5f d9", "vmaxpd zmm3,zmm20,zmm9", m -> m.greaterDoubles(3, 20, 9));
    check("62 d1 dd 40 c2 d9 05", "vcmpnltpd k3,zmm20,zmm9", m -> m.notBelowDoubles(3, 20, 9));
    check("62 91 fd cf 28 da", "vmovapd zmm3{k7}{z},zmm26", m -> m.moveMaskedDoubles(3, 7, 26));
    check("62 91 ed 40 73 f1 34", "vpsllq zmm18,zmm25,0x34", m -> m.shiftLeft64(18, 25, 52));
  }

  @Test
  void draws() {
    check("62 d1 cd 40 59 f5", "vmulpd zmm6,zmm22,zmm13", m -> m.multiplyDoubles(6, 22, 13));
    check("62 81 dd 48 f4 c9", "vpmuludq zmm17,zmm4,zmm25", m -> m.multiplyLowerHalves(17, 4, 25));
    check("62 51 bd 40 d4 c2", "vpaddq zmm8,zmm24,zmm10", m -> m.addLongs(8, 24, 10));
    check("62 91 ed 40 73 d1 20", "vpsrlq zmm18,zmm25,0x20", m -> m.shiftRight64(18, 25, 32));
    check("62 11 7d 48 70 cc 1b", "vpshufd zmm9,zmm28,0x1b", m -> m.reverseFours(9, 28));
    check(
        "62 93 7d 40 25 cb 96", "vpternlogd zmm1,zmm16,zmm27,0x96", m -> m.exclusiveOr(1, 16, 27));
    check("62 d3 5d 40 1e d9 05", "vpcmpud k3,zmm20,zmm9,5", m -> m.notBelowUnsigned(3, 20, 9));
  }

  @Test
  void piecesOfVectors() {
    check("62 c1 5c 48 14 c5", "vunpcklps zmm16,zmm4,zmm13", m -> m.mergeLow(16, 4, 13));
    check("62 e1 0c 48 15 cd", "vunpckhps zmm17,zmm14,zmm5", m -> m.mergeHigh(17, 14, 5));
    check("62 b1 fd 40 14 f2", "vunpcklpd zmm6,zmm16,zmm18", m -> m.mergeLowDoubles(6, 16, 18));
    check("62 31 f5 40 15 fb", "vunpckhpd zmm15,zmm17,zmm19", m -> m.mergeHighDoubles(15, 17, 19));
    check(
        "62 c3 7d 40 23 f0 88", "vshuff32x4 zmm22,zmm16,zmm8,0x88", m -> m.evenQuarters(22, 16, 8));
    check(
        "62 93 75 40 23 dd dd", "vshuff32x4 zmm3,zmm17,zmm29,0xdd", m -> m.oddQuarters(3, 17, 29));
  }
}
