package org.lm4j.backend.cpu.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.getInt;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ProductKernels;

/** Steps in plain loops: the reference for the others. */
public final class ScalarInt8Kernels implements Int8Kernels {
  @Override
  public float round(int depth, long x, long words) {
    float most = 0;
    for (int i = 0; i < depth; i++) {
      most = Math.max(most, Math.abs(get(x, i)));
    }
    words(0, depth, x, Int8.stepsOfOne(most), words);
    return Int8.step(most);
  }

  /** Writes the words from {@code from} on. */
  public static void words(int from, int depth, long x, float stepsOfOne, long words) {
    int count = Int8.words(depth);
    for (int w = from; w < count; w++) {
      int word = 0;
      for (int b = 0; b < Integer.BYTES; b++) {
        int i = w + b * count;
        int steps = i < depth ? Int8.round(get(x, i), stepsOfOne) : 0;
        word |= ((steps + Int8.OFFSET) & 0xff) << (b * Byte.SIZE);
      }
      ALL.set(JAVA_INT_UNALIGNED, words + (long) w * Integer.BYTES, word);
    }
  }

  @Override
  public void row(int words, long row, long panel, long sums) {
    int width = ProductKernels.PANEL_VECTORS * Lanes.COUNT;
    for (int column = 0; column < width; column++) {
      int sum = 0;
      for (int w = 0; w < words; w++) {
        int left = getInt(row, w);
        int right = getInt(panel, (long) w * width + column);
        for (int b = 0; b < Integer.SIZE; b += Byte.SIZE) {
          sum += ((left >>> b & 0xff) - Int8.OFFSET) * (byte) (right >> b);
        }
      }
      ALL.set(JAVA_INT_UNALIGNED, sums + (long) column * Integer.BYTES, sum);
    }
  }

  @Override
  public void scale(int width, long sums, float step, long steps, long start, long out) {
    for (int i = 0; i < width; i++) {
      float factor = step * get(steps, i);
      float product = getInt(sums, i) * factor;
      set(out, i, get(start, i) + product);
    }
  }
}
