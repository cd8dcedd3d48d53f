package org.lm4j.backend.cpu;

import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.compute.Backend;

/** Backends whose products are bfloat16, for tests. */
public final class Bf16Backends {
  private Bf16Backends() {}

  /** By float32 kernels. */
  public static Backend emulated(int threads) {
    return CpuBackend.with(MatrixEngine.java(), Bf16Panels.emulated(), threads);
  }

  /** As users get it: by the processor's instruction where it has one. */
  public static Backend fastest(int threads) {
    return CpuBackend.with(MatrixEngine.java(), Bf16Panels.fastest(), threads);
  }

  /** Returns why there are no products by the instruction; empty if there are. */
  public static String missing() {
    return Bf16Panels.fastest().missing();
  }
}
