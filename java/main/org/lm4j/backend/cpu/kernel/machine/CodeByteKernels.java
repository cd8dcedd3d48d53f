package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeBytes;
import org.lm4j.backend.cpu.kernel.ByteKernels;
import org.lm4j.backend.cpu.kernel.Lanes;

/** Products with bytes by machine code, with the same bits as the Vector API's. */
public final class CodeByteKernels implements ByteKernels {
  private final CodeBytes code;

  private CodeByteKernels(CodeBytes code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeByteKernels here() {
    CodeBytes code = Lanes.COUNT == CodeBytes.LANES ? CodeBytes.here() : null;
    return code == null ? null : new CodeByteKernels(code);
  }

  @Override
  public boolean fast() {
    return true;
  }

  @Override
  public void panels(int count, int k, long x, long panels, long out) {
    code.panels(count, k, x, panels, out);
  }
}
