package org.lm4j.backend.cpu;

import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.compute.Backend;

/**
 * A backend that divides products as {@code auto} does, at extents so small that tests reach it.
 */
public final class MixedEngine {
  private MixedEngine() {}

  /** Recurrent products by Java kernels, all others by OpenBLAS. */
  public static Backend open(int threads) {
    return CpuBackend.with(MatrixEngine.mixed(BlasLibrary.open(), 0), threads);
  }
}
