package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.PackKernels;

/** Packing in plain loops. */
public final class ScalarPackKernels implements PackKernels {
  @Override
  public void copy(
      int rows, int width, int padded, long source, long sourceBytes, long target, long bytes) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < padded; i++) {
        set(target + row * bytes, i, i < width ? get(source + row * sourceBytes, i) : 0);
      }
    }
  }

  @Override
  public void groups(
      int count, int rows, long source, long sourceBytes, long target, long groupBytes) {
    int lanes = Lanes.COUNT;
    long bytes = (long) lanes * Float.BYTES;
    for (int group = 0; group < count; group++) {
      long from = source + group * bytes;
      copy(rows, lanes, lanes, from, sourceBytes, target + group * groupBytes, bytes);
    }
  }

  @Override
  public void transpose(int count, int k, long source, long sourceBytes, long target, long bytes) {
    for (int i = 0; i < Lanes.COUNT; i++) {
      for (int j = 0; j < k; j++) {
        set(target + j * bytes, i, i < count ? get(source + i * sourceBytes, j) : 0);
      }
    }
  }

  @Override
  public void addRows(int rows, int width, long matrix, long bytes, long sums) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        set(sums, i, get(sums, i) + get(matrix + row * bytes, i));
      }
    }
  }

  @Override
  public void merge(
      int rows,
      int width,
      long tile,
      long tileBytes,
      float alpha,
      float keep,
      long c,
      long cBytes) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        float sum = alpha * get(tile + row * tileBytes, i);
        set(c + row * cBytes, i, keep == 0 ? sum : sum + keep * get(c + row * cBytes, i));
      }
    }
  }
}
