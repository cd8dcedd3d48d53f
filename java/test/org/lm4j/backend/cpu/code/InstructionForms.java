package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Operand.at;
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

import java.util.List;
import java.util.function.Consumer;

/** Each form of an instruction with the bytes that GNU as 2.40 writes for its text. */
final class InstructionForms {
  /** An instruction as bytes, as text in Intel's syntax, and as the call that writes it. */
  record Form(String bytes, String text, Consumer<VectorAssembler> call) {}

  private InstructionForms() {}

  private static Form form(String bytes, String text, Consumer<VectorAssembler> call) {
    return new Form(bytes, text, call);
  }

  /** Instructions of whole numbers, masks and vectors of 64 bytes. */
  static final List<Form> GENERAL_AND_512 =
      List.of(
          form("62 92 1d 40 50 c0", "vpdpbusd zmm0,zmm28,zmm24", m -> m.dotBytes(0, 28, 24)),
          form(
              "62 e2 5d 40 50 48 02",
              "vpdpbusd zmm17,zmm20,ZMMWORD PTR [rax+0x80]",
              m -> m.dotBytes(17, 20, at(RAX, 128))),
          form(
              "62 f1 65 48 fe 5a 02",
              "vpaddd zmm3,zmm3,ZMMWORD PTR [rdx+0x80]",
              m -> m.addInts(3, 3, at(RDX, 128))),
          form("c5 f8 92 c8", "kmovw k1,eax", m -> m.mask(1, RAX)),
          form("c5 f8 92 cd", "kmovw k1,ebp", m -> m.mask(1, RBP)),
          form("c5 f8 92 f0", "kmovw k6,eax", m -> m.mask(6, RAX)),
          form("c5 f4 41 eb", "kandw k5,k1,k3", m -> m.andMasks(5, 1, 3)),
          form(
              "62 d1 7c cd 10 4d 00",
              "vmovups zmm1{k5}{z},ZMMWORD PTR [r13+0x0]",
              m -> m.loadMasked(1, 5, at(R13, 0))),
          form(
              "62 51 7c 4c 11 0f",
              "vmovups ZMMWORD PTR [r15]{k4},zmm9",
              m -> m.storeMasked(at(R15, 0), 4, 9)),
          form(
              "62 a2 77 40 72 c2",
              "vcvtne2ps2bf16 zmm16,zmm17,zmm18",
              m -> m.roundToBf16(16, 17, 18)),
          form("62 a2 f5 40 8d c2", "vpermw zmm16,zmm17,zmm18", m -> m.permuteWords(16, 17, 18)),
          form("48 c1 e8 10", "shr rax,0x10", m -> m.shiftRight(RAX, 16)),
          form("49 c1 ef 04", "shr r15,0x4", m -> m.shiftRight(R15, 4)),
          form(
              "62 71 7c c9 10 03",
              "vmovups zmm8{k1}{z},ZMMWORD PTR [rbx]",
              m -> m.loadMasked(8, 1, at(RBX, 0))),
          form(
              "62 11 7c c9 10 0c 13",
              "vmovups zmm9{k1}{z},ZMMWORD PTR [r11+r10*1]",
              m -> m.loadMasked(9, 1, at(R11, R10, 1))),
          form("62 d3 fd 48 1b c1 01", "vextractf64x4 ymm9,zmm0,0x1", m -> m.upperHalf512(9, 0)),
          form("c4 c3 7d 19 f9 01", "vextractf128 xmm9,ymm7,0x1", m -> m.upperHalf256(9, 7)),
          form("c4 63 7d 19 d1 01", "vextractf128 xmm1,ymm10,0x1", m -> m.upperHalf256(1, 10)),
          form("c4 c1 7c 58 c1", "vaddps ymm0,ymm0,ymm9", m -> m.add256(0, 0, 9)),
          form("c4 c1 60 58 dc", "vaddps xmm3,xmm3,xmm12", m -> m.add128(3, 3, 12)),
          form("c5 c0 57 ff", "vxorps xmm7,xmm7,xmm7", m -> m.zero(7)),
          form("c4 41 30 57 c9", "vxorps xmm9,xmm9,xmm9", m -> m.zero(9)),
          form("c5 78 14 c9", "vunpcklps xmm9,xmm0,xmm1", m -> m.unpackLow128(9, 0, 1)),
          form("c4 41 78 15 d3", "vunpckhps xmm10,xmm0,xmm11", m -> m.unpackHigh128(10, 0, 11)),
          form("c5 70 16 ca", "vmovlhps xmm9,xmm1,xmm2", m -> m.lowerHalves128(9, 1, 2)),
          form("c5 70 12 ca", "vmovhlps xmm9,xmm1,xmm2", m -> m.upperHalves128(9, 1, 2)),
          form("c5 7a 16 c8", "vmovshdup xmm9,xmm0", m -> m.odd128(9, 0)),
          form("c4 41 78 11 08", "vmovups XMMWORD PTR [r8],xmm9", m -> m.store128(at(R8, 0), 9)),
          form(
              "c4 c1 7a 11 40 04", "vmovss DWORD PTR [r8+0x4],xmm0", m -> m.storeOne(at(R8, 4), 0)),
          form("50", "push rax", m -> m.push(RAX)),
          form("41 54", "push r12", m -> m.push(R12)),
          form("5b", "pop rbx", m -> m.pop(RBX)),
          form("41 5f", "pop r15", m -> m.pop(R15)),
          form("c3", "ret", m -> m.ret()),
          form("0f a2", "cpuid", m -> m.cpuid()),
          form("0f 01 d0", "xgetbv", m -> m.xgetbv()),
          form("48 89 f8", "mov rax,rdi", m -> m.move(RAX, RDI)),
          form("49 89 d0", "mov r8,rdx", m -> m.move(R8, RDX)),
          form("4c 89 dd", "mov rbp,r11", m -> m.move(RBP, R11)),
          form("48 c7 c5 06 00 00 00", "mov rbp,0x6", m -> m.move(RBP, 6)),
          form("49 c7 c1 ff ff ff ff", "mov r9,0xffffffffffffffff", m -> m.move(R9, -1)),
          form("4c 8b 54 24 38", "mov r10,QWORD PTR [rsp+0x38]", m -> m.load(R10, at(RSP, 56))),
          form("48 8b 45 00", "mov rax,QWORD PTR [rbp+0x0]", m -> m.load(RAX, at(RBP, 0))),
          form("4a 8b 04 eb", "mov rax,QWORD PTR [rbx+r13*8]", m -> m.load(RAX, at(RBX, R13, 8))),
          form("49 89 0c 24", "mov QWORD PTR [r12],rcx", m -> m.store(at(R12, 0), RCX)),
          form(
              "4c 89 b0 34 12 00 00",
              "mov QWORD PTR [rax+0x1234],r14",
              m -> m.store(at(RAX, 4660), R14)),
          form("41 89 58 04", "mov DWORD PTR [r8+0x4],ebx", m -> m.store32(at(R8, 4), RBX)),
          form("89 01", "mov DWORD PTR [rcx],eax", m -> m.store32(at(RCX, 0), RAX)),
          form("4c 8d 2c 49", "lea r13,[rcx+rcx*2]", m -> m.address(R13, at(RCX, RCX, 2))),
          form("48 8d 47 05", "lea rax,[rdi+0x5]", m -> m.address(RAX, at(RDI, 5))),
          form("4e 8d 3c 6b", "lea r15,[rbx+r13*2]", m -> m.address(R15, at(RBX, R13, 2))),
          form("48 01 c3", "add rbx,rax", m -> m.add(RBX, RAX)),
          form("4c 01 c2", "add rdx,r8", m -> m.add(RDX, R8)),
          form("48 83 c0 40", "add rax,0x40", m -> m.add(RAX, 64)),
          form("48 05 80 00 00 00", "add rax,0x80", m -> m.add(RAX, 128)),
          form("49 81 c1 00 01 00 00", "add r9,0x100", m -> m.add(R9, 256)),
          form("48 83 ef 06", "sub rdi,0x6", m -> m.subtract(RDI, 6)),
          form("49 81 ea 00 10 00 00", "sub r10,0x1000", m -> m.subtract(R10, 4096)),
          form("48 39 f0", "cmp rax,rsi", m -> m.compare(RAX, RSI)),
          form("48 83 f8 04", "cmp rax,0x4", m -> m.compare(RAX, 4)),
          form("48 83 fd 00", "cmp rbp,0x0", m -> m.compare(RBP, 0)),
          form("48 83 7c 24 50 00", "cmp QWORD PTR [rsp+0x50],0x0", m -> m.compare(at(RSP, 80), 0)),
          form(
              "49 81 39 45 23 01 00",
              "cmp QWORD PTR [r9],0x12345",
              m -> m.compare(at(R9, 0), 74565)),
          form("48 09 d0", "or rax,rdx", m -> m.or(RAX, RDX)),
          form("4d 09 d1", "or r9,r10", m -> m.or(R9, R10)),
          form("31 d2", "xor edx,edx", m -> m.clear(RDX)),
          form("45 31 c9", "xor r9d,r9d", m -> m.clear(R9)),
          form("48 c1 e2 20", "shl rdx,0x20", m -> m.shiftLeft(RDX, 32)),
          form("49 c1 e3 03", "shl r11,0x3", m -> m.shiftLeft(R11, 3)),
          form("48 ff cd", "dec rbp", m -> m.decrement(RBP)),
          form("49 ff cc", "dec r12", m -> m.decrement(R12)),
          form("48 f7 f5", "div rbp", m -> m.divide(RBP)),
          form("49 f7 f1", "div r9", m -> m.divide(R9)),
          form("48 69 f6 00 01 00 00", "imul rsi,rsi,0x100", m -> m.multiply(RSI, RSI, 256)),
          form("48 6b c1 06", "imul rax,rcx,0x6", m -> m.multiply(RAX, RCX, 6)),
          form("4d 6b ce 80", "imul r9,r14,0xffffffffffffff80", m -> m.multiply(R9, R14, -128)),
          form("62 d1 7c 48 10 02", "vmovups zmm0,ZMMWORD PTR [r10]", m -> m.load(0, at(R10, 0))),
          form(
              "62 61 7c 48 10 78 03",
              "vmovups zmm31,ZMMWORD PTR [rax+0xc0]",
              m -> m.load(31, at(RAX, 192))),
          form(
              "62 c1 7c 48 10 8d 00 20 00 00",
              "vmovups zmm17,ZMMWORD PTR [r13+0x2000]",
              m -> m.load(17, at(R13, 8192))),
          form(
              "62 31 7c 48 10 04 b2",
              "vmovups zmm8,ZMMWORD PTR [rdx+r14*4]",
              m -> m.load(8, at(RDX, R14, 4))),
          form(
              "62 f1 7c 48 10 88 04 00 00 00",
              "vmovups zmm1,ZMMWORD PTR [rax+0x4]",
              m -> m.load(1, at(RAX, 4))),
          form(
              "62 c1 7c 48 11 7b 01",
              "vmovups ZMMWORD PTR [r11+0x40],zmm23",
              m -> m.store(at(R11, 64), 23)),
          form(
              "62 f1 7c 48 11 6c 24 ff",
              "vmovups ZMMWORD PTR [rsp-0x40],zmm5",
              m -> m.store(at(RSP, -64), 5)),
          form("62 f1 7c 48 28 e0", "vmovaps zmm4,zmm0", m -> m.move(4, 0)),
          form("62 41 7c 48 28 eb", "vmovaps zmm29,zmm11", m -> m.move(29, 11)),
          form(
              "62 62 7d 48 18 22",
              "vbroadcastss zmm28,DWORD PTR [rdx]",
              m -> m.broadcast(28, at(RDX, 0))),
          form(
              "62 42 7d 48 18 2c 4f",
              "vbroadcastss zmm29,DWORD PTR [r15+rcx*2]",
              m -> m.broadcast(29, at(R15, RCX, 2))),
          form(
              "62 f2 7d 48 18 52 01",
              "vbroadcastss zmm2,DWORD PTR [rdx+0x4]",
              m -> m.broadcast(2, at(RDX, 4))),
          form(
              "62 f1 64 48 58 5a 02",
              "vaddps zmm3,zmm3,ZMMWORD PTR [rdx+0x80]",
              m -> m.add(3, 3, at(RDX, 128))),
          form(
              "62 c1 54 40 58 21",
              "vaddps zmm20,zmm21,ZMMWORD PTR [r9]",
              m -> m.add(20, 21, at(R9, 0))),
          form("62 92 1d 40 b8 c0", "vfmadd231ps zmm0,zmm28,zmm24", m -> m.multiplyAdd(0, 28, 24)),
          form("62 c2 15 40 b8 f9", "vfmadd231ps zmm23,zmm29,zmm9", m -> m.multiplyAdd(23, 29, 9)),
          form(
              "62 f2 5d 48 b8 48 01",
              "vfmadd231ps zmm1,zmm4,ZMMWORD PTR [rax+0x40]",
              m -> m.multiplyAdd(1, 4, at(RAX, 64))),
          form("62 92 1e 40 52 c0", "vdpbf16ps zmm0,zmm28,zmm24", m -> m.dotBf16(0, 28, 24)),
          form("62 82 36 48 52 ff", "vdpbf16ps zmm23,zmm9,zmm31", m -> m.dotBf16(23, 9, 31)),
          form(
              "62 e2 5e 40 52 48 02",
              "vdpbf16ps zmm17,zmm20,ZMMWORD PTR [rax+0x80]",
              m -> m.dotBf16(17, 20, at(RAX, 128))),
          form("c5 f8 77", "vzeroupper", m -> m.zeroUpper()));

  /** Instructions of vectors of 32 bytes. */
  static final List<Form> OF_256 =
      List.of(
          form(
              "c4 02 2d 2c 0c 4b",
              "vmaskmovps ymm9,ymm10,YMMWORD PTR [r11+r9*2]",
              m -> m.loadSigned(9, 10, at(R11, R9, 2))),
          form(
              "c4 62 3d 2c 0b",
              "vmaskmovps ymm9,ymm8,YMMWORD PTR [rbx]",
              m -> m.loadSigned(9, 8, at(RBX, 0))),
          form("c4 c1 7c 10 02", "vmovups ymm0,YMMWORD PTR [r10]", y -> y.load(0, at(R10, 0))),
          form(
              "c5 7c 10 78 60",
              "vmovups ymm15,YMMWORD PTR [rax+0x60]",
              y -> y.load(15, at(RAX, 96))),
          form(
              "c4 21 7c 10 04 b2",
              "vmovups ymm8,YMMWORD PTR [rdx+r14*4]",
              y -> y.load(8, at(RDX, R14, 4))),
          form(
              "c4 41 7c 11 4b 20",
              "vmovups YMMWORD PTR [r11+0x20],ymm9",
              y -> y.store(at(R11, 32), 9)),
          form("c5 fc 11 2a", "vmovups YMMWORD PTR [rdx],ymm5", y -> y.store(at(RDX, 0), 5)),
          form("c5 fc 28 e0", "vmovaps ymm4,ymm0", y -> y.move(4, 0)),
          form("c5 7c 28 c9", "vmovaps ymm9,ymm1", y -> y.move(9, 1)),
          form("c4 c1 7c 28 cb", "vmovaps ymm1,ymm11", y -> y.move(1, 11)),
          form(
              "c4 62 7d 18 22",
              "vbroadcastss ymm12,DWORD PTR [rdx]",
              y -> y.broadcast(12, at(RDX, 0))),
          form(
              "c4 c2 7d 18 1c 4f",
              "vbroadcastss ymm3,DWORD PTR [r15+rcx*2]",
              y -> y.broadcast(3, at(R15, RCX, 2))),
          form(
              "c5 e4 58 9a 80 00 00 00",
              "vaddps ymm3,ymm3,YMMWORD PTR [rdx+0x80]",
              y -> y.add(3, 3, at(RDX, 128))),
          form(
              "c4 41 24 58 11",
              "vaddps ymm10,ymm11,YMMWORD PTR [r9]",
              y -> y.add(10, 11, at(R9, 0))),
          form("c4 c2 1d b8 c6", "vfmadd231ps ymm0,ymm12,ymm14", y -> y.multiplyAdd(0, 12, 14)),
          form("c4 42 15 b8 d9", "vfmadd231ps ymm11,ymm13,ymm9", y -> y.multiplyAdd(11, 13, 9)),
          form(
              "c4 e2 5d b8 48 40",
              "vfmadd231ps ymm1,ymm4,YMMWORD PTR [rax+0x40]",
              y -> y.multiplyAdd(1, 4, at(RAX, 64))));
}
