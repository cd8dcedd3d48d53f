package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.compute.Backend;

/** How many logits are computed at a time. */
class OutputBlockTest {
  /** Sums of a run in float32 depend on it, so that it must stay as it is. */
  @Test
  void float32KeepsItsBlocks() {
    try (Backend backend = CpuBackend.with(MatrixEngine.java(), 1)) {
      assertThat(backend.outputBlockBytes()).isEqualTo(33_554_432);
    }
  }

  @Test
  void bf16HasLargerBlocksWithTheSameSumsOnAnyProcessor() {
    try (Backend emulated = Bf16Backends.emulated(1);
        Backend fastest = Bf16Backends.fastest(1)) {
      assertThat(emulated.outputBlockBytes()).isEqualTo(134_217_728);
      assertThat(fastest.outputBlockBytes()).isEqualTo(134_217_728);
    }
  }
}
