package org.lm4j.backend.cpu.code;

import static org.lm4j.backend.cpu.code.Assembler.Condition.BELOW;
import static org.lm4j.backend.cpu.code.Assembler.Condition.NOT_EQUAL;
import static org.lm4j.backend.cpu.code.Register.R8;
import static org.lm4j.backend.cpu.code.Register.R9;
import static org.lm4j.backend.cpu.code.Register.RAX;
import static org.lm4j.backend.cpu.code.Register.RCX;
import static org.lm4j.backend.cpu.code.Register.RDI;
import static org.lm4j.backend.cpu.code.Register.RDX;
import static org.lm4j.backend.cpu.code.Register.RSI;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeLibrary;

/**
 * Products of one row of floats with panels of bytes, by machine code. The caller has checked that
 * all addresses are valid.
 */
public final class CodeBytes {
  /** Floats of a vector. */
  public static final int LANES = 16;

  private static final int VECTORS = CodeTiles.MOST_VECTORS; // registers 0 to 3 have the sums
  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment code;

  private CodeBytes() {
    MathAssembler m = new MathAssembler();
    write(m);
    this.code = CodePage.of(m.code()).at(0);
  }

  /**
   * Returns the code, or null where there are no AVX-512 instructions or no machine code at all.
   */
  public static @Nullable CodeBytes here() {
    return Here.CODE;
  }

  private static final class Here {
    static final @Nullable CodeBytes CODE = MachineCode.ofAvx512(CodeBytes::new);
  }

  /**
   * {@code void panels(long panels, long depth, const float *x, const char *panel, float *out)}.
   */
  private static void write(MathAssembler m) {
    int factor = VECTORS;
    int weights = factor + 1;
    m.address(R9, Operand.at(RDX, RSI, Float.BYTES)); // the end of x
    Assembler.Label panel = new Assembler.Label();
    m.place(panel);
    for (int i = 0; i < VECTORS; i++) {
      m.zero(i);
    }
    m.move(RAX, RDX);
    Assembler.Label step = new Assembler.Label();
    m.align(32);
    m.place(step);
    m.broadcast(factor, Operand.at(RAX, 0));
    for (int i = 0; i < VECTORS; i++) {
      m.bytesToInts(weights + i, Operand.at(RCX, i * LANES));
      m.toFloats(weights + i, weights + i);
      m.multiplyAdd(i, factor, weights + i);
    }
    m.add(RCX, VECTORS * LANES);
    m.add(RAX, Float.BYTES);
    m.compare(RAX, R9);
    m.jump(BELOW, step);
    for (int i = 0; i < VECTORS; i++) {
      m.store(Operand.at(R8, i * m.vectorBytes()), i);
    }
    m.add(R8, VECTORS * m.vectorBytes());
    m.decrement(RDI);
    m.jump(NOT_EQUAL, panel);
    m.zeroUpper();
    m.ret();
    m.align(64);
  }

  /**
   * Computes {@code out = x · panel} for adjacent panels, four vectors wide. Each product is
   * rounded once with its sum, in the order of the depth.
   *
   * @param panels at least 1
   * @param depth at least 1
   * @param panel bytes, {@code (panels, depth, 4 · LANES)}
   * @param out {@code (panels, 4 · LANES)} floats
   */
  public void panels(int panels, int depth, long x, long panel, long out) {
    try {
      long ignored =
          (long)
              CALL.invokeExact(
                  code, (long) panels, (long) depth, x, panel, out, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("bytes", t);
    }
  }
}
