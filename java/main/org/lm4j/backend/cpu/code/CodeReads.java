package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/** Reads memory from its first byte to its last, as fast as the processor can, by machine code. */
public final class CodeReads {
  /** What is read is a multiple of so many bytes. */
  public static final int GROUP = 512;

  /** The bytes of the sums. */
  public static final int SUMS = 512;

  private static final MethodHandle CALL = CodePage.call();
  private static final int CHAINS = 8; // of additions, so that none waits for the one before

  private final MemorySegment code;

  private CodeReads(int vectorBytes) {
    VectorAssembler m = new VectorAssembler(vectorBytes);
    write(m);
    this.code = CodePage.of(m.code()).at(0);
  }

  /** Returns the code, or null where there are no AVX2 instructions or no machine code at all. */
  public static @Nullable CodeReads here() {
    return Here.CODE;
  }

  private static final class Here {
    static final @Nullable CodeReads CODE = find(MachineCode.here().processor());
  }

  private static @Nullable CodeReads find(@Nullable Processor processor) {
    return processor == null || !processor.avx2() ? null : of(processor.avx512() ? 64 : 32);
  }

  /** Returns code for vectors of 32 or 64 bytes; null if the system refuses memory for it. */
  static @Nullable CodeReads of(int vectorBytes) {
    try {
      return new CodeReads(vectorBytes);
    } catch (NativeException e) {
      return null;
    }
  }

  /** {@code void read(long passes, long bytes, const float *from, float *sums)}. */
  private static void write(VectorAssembler m) {
    for (int chain = 0; chain < CHAINS; chain++) {
      m.zero(chain);
    }
    m.address(R8, Operand.at(RDX, RSI, 1)); // the end
    Assembler.Label pass = new Assembler.Label();
    m.place(pass);
    m.move(RAX, RDX);
    Assembler.Label group = new Assembler.Label();
    m.place(group);
    for (int chain = 0; chain < CHAINS; chain++) {
      m.add(chain, chain, Operand.at(RAX, chain * m.vectorBytes()));
    }
    m.add(RAX, CHAINS * m.vectorBytes());
    m.compare(RAX, R8);
    m.jump(BELOW, group);
    m.decrement(RDI);
    m.jump(NOT_EQUAL, pass);
    for (int chain = 0; chain < CHAINS; chain++) {
      m.store(Operand.at(RCX, chain * m.vectorBytes()), chain);
    }
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  /**
   * Reads memory again and again, and adds up what it reads as floats.
   *
   * @param passes at least 1
   * @param bytes at least one {@link #GROUP}, and whole ones
   * @param sums address of memory for {@link #SUMS} bytes; those not written stay as they are. The
   *     sum of these floats is that of all that was read
   */
  public void read(long passes, long from, long bytes, long sums) {
    try {
      long ignored =
          (long) CALL.invokeExact(code, passes, bytes, from, sums, 0L, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("reads", t);
    }
  }
}
