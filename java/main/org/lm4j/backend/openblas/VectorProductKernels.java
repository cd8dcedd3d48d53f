package org.lm4j.backend.openblas;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.openblas.VectorMath.LANES;
import static org.lm4j.backend.openblas.VectorMath.broadcast;
import static org.lm4j.backend.openblas.VectorMath.load;
import static org.lm4j.backend.openblas.VectorMath.store;

import jdk.incubator.vector.FloatVector;
import org.lm4j.tensor.Memory;

/**
 * Products with packed weights by register tiles: up to six rows of four vectors, each sum in a
 * register of its own for the whole inner loop. The accumulators must be local variables, since an
 * array of them would live in memory; hence one method per number of rows, longer than others.
 */
final class VectorProductKernels implements ProductKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  /** With 32 vector registers 24 sums fit; AVX2 has 16 registers and fits 8. */
  private static final int MOST_ROWS = LANES == 8 ? 2 : 6;

  @Override
  public void panel(
      boolean accumulate, int rows, int k, long a, int lda, long panel, long c, int ldc) {
    long strideA = (long) lda * Float.BYTES;
    long strideC = (long) ldc * Float.BYTES;
    int tiles = (rows + MOST_ROWS - 1) / MOST_ROWS;
    for (int tile = 0; tile < tiles; tile++) { // tiles as even as can be
      int row = (int) ((long) rows * tile / tiles);
      int count = (int) ((long) rows * (tile + 1) / tiles) - row;
      long fromA = a + row * strideA;
      long toC = c + row * strideC;
      switch (count) {
        case 1 -> rows1(accumulate, k, fromA, panel, toC);
        case 2 -> rows2(accumulate, k, fromA, strideA, panel, toC, strideC);
        case 3 -> rows3(accumulate, k, fromA, strideA, panel, toC, strideC);
        case 4 -> rows4(accumulate, k, fromA, strideA, panel, toC, strideC);
        case 5 -> rows5(accumulate, k, fromA, strideA, panel, toC, strideC);
        default -> rows6(accumulate, k, fromA, strideA, panel, toC, strideC);
      }
    }
  }

  private static FloatVector element(long address) {
    return broadcast(Memory.ALL.get(JAVA_FLOAT_UNALIGNED, address));
  }

  private static FloatVector begin(boolean accumulate, long address) {
    return accumulate ? load(address) : broadcast(0f);
  }

  @Override
  public void dots(boolean accumulate, int count, int k, long w, long x, long out) {
    VectorDots.dots(accumulate, count, k, w, x, out);
  }

  private static void rows1(boolean accumulate, int k, long a, long panel, long c) {
    long c0 = c;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
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

  private static void rows2(
      boolean accumulate, int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
    FloatVector s10 = begin(accumulate, c1);
    FloatVector s11 = begin(accumulate, c1 + STEP);
    FloatVector s12 = begin(accumulate, c1 + 2 * STEP);
    FloatVector s13 = begin(accumulate, c1 + 3 * STEP);
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

  private static void rows3(
      boolean accumulate, int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
    FloatVector s10 = begin(accumulate, c1);
    FloatVector s11 = begin(accumulate, c1 + STEP);
    FloatVector s12 = begin(accumulate, c1 + 2 * STEP);
    FloatVector s13 = begin(accumulate, c1 + 3 * STEP);
    FloatVector s20 = begin(accumulate, c2);
    FloatVector s21 = begin(accumulate, c2 + STEP);
    FloatVector s22 = begin(accumulate, c2 + 2 * STEP);
    FloatVector s23 = begin(accumulate, c2 + 3 * STEP);
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

  private static void rows4(
      boolean accumulate, int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    long c3 = c + 3 * ldc;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
    FloatVector s10 = begin(accumulate, c1);
    FloatVector s11 = begin(accumulate, c1 + STEP);
    FloatVector s12 = begin(accumulate, c1 + 2 * STEP);
    FloatVector s13 = begin(accumulate, c1 + 3 * STEP);
    FloatVector s20 = begin(accumulate, c2);
    FloatVector s21 = begin(accumulate, c2 + STEP);
    FloatVector s22 = begin(accumulate, c2 + 2 * STEP);
    FloatVector s23 = begin(accumulate, c2 + 3 * STEP);
    FloatVector s30 = begin(accumulate, c3);
    FloatVector s31 = begin(accumulate, c3 + STEP);
    FloatVector s32 = begin(accumulate, c3 + 2 * STEP);
    FloatVector s33 = begin(accumulate, c3 + 3 * STEP);
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

  private static void rows5(
      boolean accumulate, int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    long c3 = c + 3 * ldc;
    long c4 = c + 4 * ldc;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
    FloatVector s10 = begin(accumulate, c1);
    FloatVector s11 = begin(accumulate, c1 + STEP);
    FloatVector s12 = begin(accumulate, c1 + 2 * STEP);
    FloatVector s13 = begin(accumulate, c1 + 3 * STEP);
    FloatVector s20 = begin(accumulate, c2);
    FloatVector s21 = begin(accumulate, c2 + STEP);
    FloatVector s22 = begin(accumulate, c2 + 2 * STEP);
    FloatVector s23 = begin(accumulate, c2 + 3 * STEP);
    FloatVector s30 = begin(accumulate, c3);
    FloatVector s31 = begin(accumulate, c3 + STEP);
    FloatVector s32 = begin(accumulate, c3 + 2 * STEP);
    FloatVector s33 = begin(accumulate, c3 + 3 * STEP);
    FloatVector s40 = begin(accumulate, c4);
    FloatVector s41 = begin(accumulate, c4 + STEP);
    FloatVector s42 = begin(accumulate, c4 + 2 * STEP);
    FloatVector s43 = begin(accumulate, c4 + 3 * STEP);
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
      FloatVector a4 = element(at + 4 * lda);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
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
    store(s40, c4);
    store(s41, c4 + STEP);
    store(s42, c4 + 2 * STEP);
    store(s43, c4 + 3 * STEP);
  }

  private static void rows6(
      boolean accumulate, int k, long a, long lda, long panel, long c, long ldc) {
    long c0 = c;
    long c1 = c + ldc;
    long c2 = c + 2 * ldc;
    long c3 = c + 3 * ldc;
    long c4 = c + 4 * ldc;
    long c5 = c + 5 * ldc;
    FloatVector s00 = begin(accumulate, c0);
    FloatVector s01 = begin(accumulate, c0 + STEP);
    FloatVector s02 = begin(accumulate, c0 + 2 * STEP);
    FloatVector s03 = begin(accumulate, c0 + 3 * STEP);
    FloatVector s10 = begin(accumulate, c1);
    FloatVector s11 = begin(accumulate, c1 + STEP);
    FloatVector s12 = begin(accumulate, c1 + 2 * STEP);
    FloatVector s13 = begin(accumulate, c1 + 3 * STEP);
    FloatVector s20 = begin(accumulate, c2);
    FloatVector s21 = begin(accumulate, c2 + STEP);
    FloatVector s22 = begin(accumulate, c2 + 2 * STEP);
    FloatVector s23 = begin(accumulate, c2 + 3 * STEP);
    FloatVector s30 = begin(accumulate, c3);
    FloatVector s31 = begin(accumulate, c3 + STEP);
    FloatVector s32 = begin(accumulate, c3 + 2 * STEP);
    FloatVector s33 = begin(accumulate, c3 + 3 * STEP);
    FloatVector s40 = begin(accumulate, c4);
    FloatVector s41 = begin(accumulate, c4 + STEP);
    FloatVector s42 = begin(accumulate, c4 + 2 * STEP);
    FloatVector s43 = begin(accumulate, c4 + 3 * STEP);
    FloatVector s50 = begin(accumulate, c5);
    FloatVector s51 = begin(accumulate, c5 + STEP);
    FloatVector s52 = begin(accumulate, c5 + 2 * STEP);
    FloatVector s53 = begin(accumulate, c5 + 3 * STEP);
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
      FloatVector a4 = element(at + 4 * lda);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
      FloatVector a5 = element(at + 5 * lda);
      s50 = a5.fma(b0, s50);
      s51 = a5.fma(b1, s51);
      s52 = a5.fma(b2, s52);
      s53 = a5.fma(b3, s53);
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
    store(s40, c4);
    store(s41, c4 + STEP);
    store(s42, c4 + 2 * STEP);
    store(s43, c4 + 3 * STEP);
    store(s50, c5);
    store(s51, c5 + STEP);
    store(s52, c5 + 2 * STEP);
    store(s53, c5 + 3 * STEP);
  }
}
