package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.SampleKernels;

/** The kernels of negative sampling in plain loops. */
public final class ScalarSampleKernels implements SampleKernels {
  @Override
  public void dots(int count, int n, long table, int[] ids, long x, float[] sums, float[] out) {
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int j = 0; j < n; j++) {
        sum += get(table, (long) ids[i] * n + j) * get(x, j);
      }
      out[i] = sum;
    }
  }

  @Override
  public void combine(int count, int n, float[] a, long table, int[] ids, long out) {
    for (int j = 0; j < n; j++) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += a[i] * get(table, (long) ids[i] * n + j);
      }
      set(out, j, sum);
    }
  }

  @Override
  public void update(int count, int n, float[] a, long x, long table, int[] ids, long rowBytes) {
    for (int i = 0; i < count; i++) {
      long row = table + ids[i] * rowBytes;
      for (int j = 0; j < n; j++) {
        set(row, j, get(row, j) + a[i] * get(x, j));
      }
    }
  }
}
