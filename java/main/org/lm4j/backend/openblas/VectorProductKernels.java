package org.lm4j.backend.openblas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.openblas.VectorMath.LANES;
import static org.lm4j.backend.openblas.VectorMath.broadcast;
import static org.lm4j.backend.openblas.VectorMath.load;
import static org.lm4j.backend.openblas.VectorMath.store;

import jdk.incubator.vector.FloatVector;
import org.lm4j.tensor.Memory;

/**
 * Products with packed weights by register tiles: up to four rows of four vectors, each sum in a
 * register of its own for the whole inner loop. The accumulators must be local variables, since an
 * array of them would live in memory; hence one method per number of rows, longer than others.
 *
 * <p>The JIT stops inlining in a method that has grown beyond a fixed number of nodes, and then
 * keeps vectors as objects, at a tenth of the speed. Every load or store of a segment costs some
 * hundred nodes. So tiles only write what they summed, and whoever reads it adds.
 */
final class VectorProductKernels implements ProductKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  /** Of 32 vector registers 16 hold sums; AVX2 has 16 registers, of which 8 do. */
  private static final int MOST_ROWS = LANES == 8 ? 2 : 4;

  @Override
  public void panel(int rows, int k, long a, int lda, long panel, long c, int ldc) {
    long strideA = (long) lda * Float.BYTES;
    long strideC = (long) ldc * Float.BYTES;
    int tiles = (rows + MOST_ROWS - 1) / MOST_ROWS;
    for (int tile = 0; tile < tiles; tile++) { // tiles as even as can be
      int row = (int) ((long) rows * tile / tiles);
      int count = (int) ((long) rows * (tile + 1) / tiles) - row;
      long fromA = a + row * strideA;
      long toC = c + row * strideC;
      switch (count) {
        case 1 -> rows1(k, fromA, panel, toC);
        case 2 -> rows2(k, fromA, strideA, panel, toC, strideC);
        case 3 -> rows3(k, fromA, strideA, panel, toC, strideC);
        default -> rows4(k, fromA, strideA, panel, toC, strideC);
      }
    }
  }

  private static FloatVector element(long address) {
    return broadcast(Memory.ALL.get(JAVA_FLOAT_UNALIGNED, address));
  }

  @Override
  public void dots(int count, int k, long w, long x, long out) {
    VectorDots.dots(count, k, w, x, out);
  }

  private static void rows1(int k, long a, long panel, long c) {
    long c0 = c;
    FloatVector zero = broadcast(0f);
    FloatVector s00 = zero;
    FloatVector s01 = zero;
    FloatVector s02 = zero;
    FloatVector s03 = zero;
    long end = a + (long) k * Float.BYTES;
    long b = panel;
    for (long at = a; at < end; at += Float.BYTES, b += PANEL_VECTORS * STEP) {
      FloatVector b0 = load(b);
      FloatVector b1 = load(b + STEP);
      FloatVector b2 = load(b + 2 * STEP);
      FloatVector b3 = load(b + 3 * STEP);
      FloatVector a0 = element(at);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
    }
    store(s00, c0);
    store(s01, c0 + STEP);
    store(s02, c0 + 2 * STEP);
    store(s03, c0 + 3 * STEP);
  }

  private static void rows2(int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    FloatVector zero = broadcast(0f);
    FloatVector s00 = zero;
    FloatVector s01 = zero;
    FloatVector s02 = zero;
    FloatVector s03 = zero;
    FloatVector s10 = zero;
    FloatVector s11 = zero;
    FloatVector s12 = zero;
    FloatVector s13 = zero;
    long end = a + (long) k * Float.BYTES;
    long b = panel;
    for (long at = a; at < end; at += Float.BYTES, b += PANEL_VECTORS * STEP) {
      FloatVector b0 = load(b);
      FloatVector b1 = load(b + STEP);
      FloatVector b2 = load(b + 2 * STEP);
      FloatVector b3 = load(b + 3 * STEP);
      FloatVector a0 = element(at);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = element(at + lda);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
    }
    store(s00, c0);
    store(s01, c0 + STEP);
    store(s02, c0 + 2 * STEP);
    store(s03, c0 + 3 * STEP);
    store(s10, c1);
    store(s11, c1 + STEP);
    store(s12, c1 + 2 * STEP);
    store(s13, c1 + 3 * STEP);
  }

  private static void rows3(int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    FloatVector zero = broadcast(0f);
    FloatVector s00 = zero;
    FloatVector s01 = zero;
    FloatVector s02 = zero;
    FloatVector s03 = zero;
    FloatVector s10 = zero;
    FloatVector s11 = zero;
    FloatVector s12 = zero;
    FloatVector s13 = zero;
    FloatVector s20 = zero;
    FloatVector s21 = zero;
    FloatVector s22 = zero;
    FloatVector s23 = zero;
    long end = a + (long) k * Float.BYTES;
    long b = panel;
    for (long at = a; at < end; at += Float.BYTES, b += PANEL_VECTORS * STEP) {
      FloatVector b0 = load(b);
      FloatVector b1 = load(b + STEP);
      FloatVector b2 = load(b + 2 * STEP);
      FloatVector b3 = load(b + 3 * STEP);
      FloatVector a0 = element(at);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = element(at + lda);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = element(at + 2 * lda);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
    }
    store(s00, c0);
    store(s01, c0 + STEP);
    store(s02, c0 + 2 * STEP);
    store(s03, c0 + 3 * STEP);
    store(s10, c1);
    store(s11, c1 + STEP);
    store(s12, c1 + 2 * STEP);
    store(s13, c1 + 3 * STEP);
    store(s20, c2);
    store(s21, c2 + STEP);
    store(s22, c2 + 2 * STEP);
    store(s23, c2 + 3 * STEP);
  }

  private static void rows4(int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    long c3 = c + 3 * ldc;
    FloatVector zero = broadcast(0f);
    FloatVector s00 = zero;
    FloatVector s01 = zero;
    FloatVector s02 = zero;
    FloatVector s03 = zero;
    FloatVector s10 = zero;
    FloatVector s11 = zero;
    FloatVector s12 = zero;
    FloatVector s13 = zero;
    FloatVector s20 = zero;
    FloatVector s21 = zero;
    FloatVector s22 = zero;
    FloatVector s23 = zero;
    FloatVector s30 = zero;
    FloatVector s31 = zero;
    FloatVector s32 = zero;
    FloatVector s33 = zero;
    long end = a + (long) k * Float.BYTES;
    long b = panel;
    for (long at = a; at < end; at += Float.BYTES, b += PANEL_VECTORS * STEP) {
      FloatVector b0 = load(b);
      FloatVector b1 = load(b + STEP);
      FloatVector b2 = load(b + 2 * STEP);
      FloatVector b3 = load(b + 3 * STEP);
      FloatVector a0 = element(at);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = element(at + lda);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = element(at + 2 * lda);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = element(at + 3 * lda);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
    }
    store(s00, c0);
    store(s01, c0 + STEP);
    store(s02, c0 + 2 * STEP);
    store(s03, c0 + 3 * STEP);
    store(s10, c1);
    store(s11, c1 + STEP);
    store(s12, c1 + 2 * STEP);
    store(s13, c1 + 3 * STEP);
    store(s20, c2);
    store(s21, c2 + STEP);
    store(s22, c2 + 2 * STEP);
    store(s23, c2 + 3 * STEP);
    store(s30, c3);
    store(s31, c3 + STEP);
    store(s32, c3 + 2 * STEP);
    store(s33, c3 + 3 * STEP);
  }
}
