package org.lm4j.backend.cpu;

import org.lm4j.compute.Backend;

/** Backends that decode with weights of one byte, for tests. */
final class Int8Backends {
  private Int8Backends() {}

  /** By Java kernels. */
  static Backend emulated(int threads) {
    return CpuBackend.with(BytePanels.emulated(), threads);
  }

  /** As users get it: by the processor's instruction where it has one. */
  static Backend fastest(int threads) {
    return CpuBackend.with(BytePanels.fastest(), threads);
  }
}
