package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/** Tiles of panels of {@link ProductKernels#PANEL_VECTORS} vectors. */
final class VectorWideTiles {
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final long PANEL_BYTES = ProductKernels.PANEL_VECTORS * STEP;

  /** The most rows of a tile: 24 of 32 vector registers hold sums, or 8 of the 16 of AVX2. */
  static final int MOST_ROWS = LANES == 8 ? 2 : 6;

  static final VectorTile[] BY_ROWS = {
    VectorWideTiles::rows1,
    VectorWideTiles::rows2,
    VectorWideTiles::rows3,
    VectorWideTiles::rows4,
    VectorWideTiles::rows5,
    VectorWideTiles::rows6
  };

  private VectorWideTiles() {}

  private static void rows1(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
  }

  private static void rows2(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s12 = s02;
    FloatVector s13 = s03;
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + aRow));
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
    long c1 = c + cRow;
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * STEP, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * STEP, ORDER);
  }

  private static void rows3(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s12 = s02;
    FloatVector s13 = s03;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s22 = s02;
    FloatVector s23 = s03;
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + aRow));
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * aRow));
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
    long c1 = c + cRow;
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * STEP, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * STEP, ORDER);
    long c2 = c + 2 * cRow;
    s20.intoMemorySegment(ALL, c2, ORDER);
    s21.intoMemorySegment(ALL, c2 + STEP, ORDER);
    s22.intoMemorySegment(ALL, c2 + 2 * STEP, ORDER);
    s23.intoMemorySegment(ALL, c2 + 3 * STEP, ORDER);
  }

  private static void rows4(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s12 = s02;
    FloatVector s13 = s03;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s22 = s02;
    FloatVector s23 = s03;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    FloatVector s32 = s02;
    FloatVector s33 = s03;
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + aRow));
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * aRow));
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * aRow));
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
    long c1 = c + cRow;
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * STEP, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * STEP, ORDER);
    long c2 = c + 2 * cRow;
    s20.intoMemorySegment(ALL, c2, ORDER);
    s21.intoMemorySegment(ALL, c2 + STEP, ORDER);
    s22.intoMemorySegment(ALL, c2 + 2 * STEP, ORDER);
    s23.intoMemorySegment(ALL, c2 + 3 * STEP, ORDER);
    long c3 = c + 3 * cRow;
    s30.intoMemorySegment(ALL, c3, ORDER);
    s31.intoMemorySegment(ALL, c3 + STEP, ORDER);
    s32.intoMemorySegment(ALL, c3 + 2 * STEP, ORDER);
    s33.intoMemorySegment(ALL, c3 + 3 * STEP, ORDER);
  }

  private static void rows5(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s12 = s02;
    FloatVector s13 = s03;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s22 = s02;
    FloatVector s23 = s03;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    FloatVector s32 = s02;
    FloatVector s33 = s03;
    FloatVector s40 = s00;
    FloatVector s41 = s01;
    FloatVector s42 = s02;
    FloatVector s43 = s03;
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + aRow));
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * aRow));
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * aRow));
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
      FloatVector a4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4 * aRow));
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
    long c1 = c + cRow;
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * STEP, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * STEP, ORDER);
    long c2 = c + 2 * cRow;
    s20.intoMemorySegment(ALL, c2, ORDER);
    s21.intoMemorySegment(ALL, c2 + STEP, ORDER);
    s22.intoMemorySegment(ALL, c2 + 2 * STEP, ORDER);
    s23.intoMemorySegment(ALL, c2 + 3 * STEP, ORDER);
    long c3 = c + 3 * cRow;
    s30.intoMemorySegment(ALL, c3, ORDER);
    s31.intoMemorySegment(ALL, c3 + STEP, ORDER);
    s32.intoMemorySegment(ALL, c3 + 2 * STEP, ORDER);
    s33.intoMemorySegment(ALL, c3 + 3 * STEP, ORDER);
    long c4 = c + 4 * cRow;
    s40.intoMemorySegment(ALL, c4, ORDER);
    s41.intoMemorySegment(ALL, c4 + STEP, ORDER);
    s42.intoMemorySegment(ALL, c4 + 2 * STEP, ORDER);
    s43.intoMemorySegment(ALL, c4 + 3 * STEP, ORDER);
  }

  private static void rows6(
      int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow) {
    FloatVector s00 = FloatVector.fromMemorySegment(SPECIES, ALL, start, ORDER);
    FloatVector s01 = FloatVector.fromMemorySegment(SPECIES, ALL, start + STEP, ORDER);
    FloatVector s02 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 2 * STEP, ORDER);
    FloatVector s03 = FloatVector.fromMemorySegment(SPECIES, ALL, start + 3 * STEP, ORDER);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s12 = s02;
    FloatVector s13 = s03;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s22 = s02;
    FloatVector s23 = s03;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    FloatVector s32 = s02;
    FloatVector s33 = s03;
    FloatVector s40 = s00;
    FloatVector s41 = s01;
    FloatVector s42 = s02;
    FloatVector s43 = s03;
    FloatVector s50 = s00;
    FloatVector s51 = s01;
    FloatVector s52 = s02;
    FloatVector s53 = s03;
    long end = panel + PANEL_BYTES * k;
    long at = a;
    for (long b = panel; b < end; b += PANEL_BYTES, at += aStep) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      FloatVector a0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + aRow));
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * aRow));
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * aRow));
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
      FloatVector a4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4 * aRow));
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
      FloatVector a5 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 5 * aRow));
      s50 = a5.fma(b0, s50);
      s51 = a5.fma(b1, s51);
      s52 = a5.fma(b2, s52);
      s53 = a5.fma(b3, s53);
    }
    s00.intoMemorySegment(ALL, c, ORDER);
    s01.intoMemorySegment(ALL, c + STEP, ORDER);
    s02.intoMemorySegment(ALL, c + 2 * STEP, ORDER);
    s03.intoMemorySegment(ALL, c + 3 * STEP, ORDER);
    long c1 = c + cRow;
    s10.intoMemorySegment(ALL, c1, ORDER);
    s11.intoMemorySegment(ALL, c1 + STEP, ORDER);
    s12.intoMemorySegment(ALL, c1 + 2 * STEP, ORDER);
    s13.intoMemorySegment(ALL, c1 + 3 * STEP, ORDER);
    long c2 = c + 2 * cRow;
    s20.intoMemorySegment(ALL, c2, ORDER);
    s21.intoMemorySegment(ALL, c2 + STEP, ORDER);
    s22.intoMemorySegment(ALL, c2 + 2 * STEP, ORDER);
    s23.intoMemorySegment(ALL, c2 + 3 * STEP, ORDER);
    long c3 = c + 3 * cRow;
    s30.intoMemorySegment(ALL, c3, ORDER);
    s31.intoMemorySegment(ALL, c3 + STEP, ORDER);
    s32.intoMemorySegment(ALL, c3 + 2 * STEP, ORDER);
    s33.intoMemorySegment(ALL, c3 + 3 * STEP, ORDER);
    long c4 = c + 4 * cRow;
    s40.intoMemorySegment(ALL, c4, ORDER);
    s41.intoMemorySegment(ALL, c4 + STEP, ORDER);
    s42.intoMemorySegment(ALL, c4 + 2 * STEP, ORDER);
    s43.intoMemorySegment(ALL, c4 + 3 * STEP, ORDER);
    long c5 = c + 5 * cRow;
    s50.intoMemorySegment(ALL, c5, ORDER);
    s51.intoMemorySegment(ALL, c5 + STEP, ORDER);
    s52.intoMemorySegment(ALL, c5 + 2 * STEP, ORDER);
    s53.intoMemorySegment(ALL, c5 + 3 * STEP, ORDER);
  }
}
