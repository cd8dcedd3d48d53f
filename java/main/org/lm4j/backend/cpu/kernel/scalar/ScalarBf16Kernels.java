package org.lm4j.backend.cpu.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.Bf16Kernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/** Pairs in plain loops. */
public final class ScalarBf16Kernels implements Bf16Kernels {
  @Override
  public void pairs(
      int rows,
      int width,
      int padded,
      long low,
      long high,
      long sourceBytes,
      long target,
      long bytes) {
    for (int row = 0; row < rows; row++) {
      long far = row * sourceBytes;
      words(0, width, low == 0 ? 0 : low + far, high == 0 ? 0 : high + far, target + row * bytes);
      for (int i = width; i < padded; i++) {
        ALL.set(JAVA_INT_UNALIGNED, target + row * bytes + (long) i * Integer.BYTES, 0);
      }
    }
  }

  @Override
  public void groups(
      int count, int rows, long low, long high, long sourceBytes, long target, long groupBytes) {
    int lanes = Lanes.COUNT;
    long bytes = (long) lanes * Integer.BYTES;
    for (int group = 0; group < count; group++) {
      long far = group * bytes;
      long upper = high == 0 ? 0 : high + far;
      long to = target + group * groupBytes;
      pairs(rows, lanes, lanes, low + far, upper, sourceBytes, to, bytes);
    }
  }

  /** Words {@code [from, to)} of a row. */
  public static void words(int from, int to, long low, long high, long target) {
    for (int i = from; i < to; i++) {
      float lower = low == 0 ? 0 : PlainMemory.get(low, i);
      float upper = high == 0 ? 0 : PlainMemory.get(high, i);
      ALL.set(JAVA_INT_UNALIGNED, target + (long) i * Integer.BYTES, Bf16.pair(lower, upper));
    }
  }

  @Override
  public void row(int pairs, long row, long stepBytes, long panel, long start, long out) {
    int width = ProductKernels.PANEL_VECTORS * Lanes.COUNT;
    for (int column = 0; column < width; column++) {
      float sum = PlainMemory.get(start, column);
      for (int i = 0; i < pairs; i++) {
        int left = ALL.get(JAVA_INT_UNALIGNED, row + i * stepBytes);
        int right = PlainMemory.getInt(panel, (long) i * width + column);
        sum = Math.fma(Bf16.high(left), Bf16.high(right), sum);
        sum = Math.fma(Bf16.low(left), Bf16.low(right), sum);
      }
      PlainMemory.set(out, column, sum);
    }
  }
}
