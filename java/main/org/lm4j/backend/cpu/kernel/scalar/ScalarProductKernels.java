package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/** Products with packed weights in plain loops. */
public final class ScalarProductKernels implements ProductKernels {
  @Override
  public void panel(
      int vectors,
      int rows,
      int k,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      long c,
      long cBytes) {
    int width = vectors * Lanes.COUNT;
    for (int row = 0; row < rows; row++) {
      long toC = c + row * cBytes;
      for (int column = 0; column < width; column++) {
        set(toC, column, get(start, column));
      }
      for (int i = 0; i < k; i++) {
        float factor = get(a + row * rowBytes + i * stepBytes, 0);
        long b = panel + (long) i * width * Float.BYTES;
        for (int column = 0; column < width; column++) {
          set(toC, column, get(toC, column) + factor * get(b, column));
        }
      }
    }
  }

  @Override
  public void dots(int count, int k, long w, long x, long out) {
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int j = 0; j < k; j++) {
        sum += get(w, (long) i * k + j) * get(x, j);
      }
      set(out, i, sum);
    }
  }

  @Override
  public void combine(int count, int n, long a, long w, long out) {
    for (int j = 0; j < n; j++) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += get(a, i) * get(w, (long) i * n + j);
      }
      set(out, j, sum);
    }
  }

  @Override
  public void outer(int count, int n, float alpha, long a, long x, long out) {
    for (int i = 0; i < count; i++) {
      float factor = alpha * get(a, i);
      for (int j = 0; j < n; j++) {
        set(out, (long) i * n + j, factor * get(x, j));
      }
    }
  }
}
