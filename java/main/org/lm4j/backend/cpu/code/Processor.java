package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RBX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;

/**
 * What the processor can do and the system saves for each thread, by the instructions cpuid and
 * xgetbv ("Intel 64 and IA-32 Architectures Software Developer's Manual", volume 2A, CPUID).
 *
 * @param avx2 AVX2 and FMA: vectors of 8 floats
 * @param avx512 AVX-512 F, BW, DQ and VL: vectors of 16 floats
 * @param bf16 vdpbf16ps, with all of {@code avx512}
 * @param vnni vpdpbusd, with all of {@code avx512}
 */
record Processor(boolean avx2, boolean avx512, boolean bf16, boolean vnni) {
  private static final int YMM_STATE = 0x6; // bits of xcr0: xmm, upper halves of ymm
  private static final int ZMM_STATE = 0xe6; // and masks, upper halves of zmm, zmm16 to 31

  /** The two instructions. */
  interface Identification {
    /** Returns eax, ebx, ecx and edx. */
    int[] cpuid(int leaf, int subleaf);

    /** Returns xcr0, allowed only where cpuid says that the system uses it. */
    long xgetbv();
  }

  /** Returns what {@code cpuid} and {@code xgetbv} say. */
  static Processor of(Identification id) {
    int leaves = id.cpuid(0, 0)[0];
    int first = id.cpuid(1, 0)[2];
    boolean xsave = bit(first, 27);
    if (leaves < 7 || !xsave) {
      return new Processor(false, false, false, false);
    }
    long states = id.xgetbv();
    int[] seventh = id.cpuid(7, 0);
    int more = seventh[0] >= 1 ? id.cpuid(7, 1)[0] : 0;
    boolean ymm = (states & YMM_STATE) == YMM_STATE && bit(first, 28); // AVX
    boolean avx2 = ymm && bit(seventh[1], 5) && bit(first, 12); // AVX2, FMA
    boolean zmm = (states & ZMM_STATE) == ZMM_STATE;
    boolean all = bit(seventh[1], 16) && bit(seventh[1], 17); // F, DQ
    boolean avx512 = avx2 && zmm && all && bit(seventh[1], 30) && bit(seventh[1], 31); // BW, VL
    return new Processor(avx2, avx512, avx512 && bit(more, 5), avx512 && bit(seventh[2], 11));
  }

  private static boolean bit(int word, int bit) {
    return (word >>> bit & 1) != 0;
  }

  /**
   * Queries the processor, by code in a separate page.
   *
   * @throws org.lm4j.foreign.NativeException if the system does not let code be written
   */
  static Processor here() {
    Assembler m = new Assembler();
    cpuid(m);
    int second = m.length();
    xgetbv(m);
    return of(new Asked(CodePage.of(m.code()), second));
  }

  /** {@code void cpuid(int leaf, int subleaf, int *registers)}. */
  private static void cpuid(Assembler m) {
    m.push(RBX);
    m.move(RAX, RDI);
    m.move(RCX, RSI);
    m.move(R8, RDX);
    m.cpuid();
    m.store32(Operand.at(R8, 0), RAX);
    m.store32(Operand.at(R8, 4), RBX);
    m.store32(Operand.at(R8, 8), RCX);
    m.store32(Operand.at(R8, 12), RDX);
    m.pop(RBX);
    m.ret();
    m.align(16);
  }

  /** {@code long xgetbv()}. */
  private static void xgetbv(Assembler m) {
    m.clear(RCX);
    m.xgetbv();
    m.shiftLeft(RDX, 32);
    m.or(RAX, RDX);
    m.ret();
  }

  private record Asked(CodePage page, int atXgetbv) implements Identification {
    private static final MethodHandle CALL = CodePage.call();

    @Override
    public int[] cpuid(int leaf, int subleaf) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment registers = arena.allocate(ValueLayout.JAVA_INT, 4);
        call(page.at(0), leaf, subleaf, registers.address());
        return registers.toArray(ValueLayout.JAVA_INT);
      }
    }

    @Override
    public long xgetbv() {
      return call(page.at(atXgetbv), 0, 0, 0);
    }

    private static long call(MemorySegment code, long a, long b, long c) {
      try {
        return (long) CALL.invokeExact(code, a, b, c, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
      } catch (Throwable t) {
        throw NativeLibrary.unexpected("cpuid", t);
      }
    }
  }
}
