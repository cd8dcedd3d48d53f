package org.lm4j.backend.cpu.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import org.lm4j.backend.cpu.kernel.ByteKernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.tensor.Memory;

/** Products with bytes in plain loops. */
public final class ScalarByteKernels implements ByteKernels {
  @Override
  public boolean fast() {
    return false;
  }

  @Override
  public void panels(int count, int k, long x, long panels, long out) {
    int width = ProductKernels.PANEL_VECTORS * Lanes.COUNT;
    for (int panel = 0; panel < count; panel++) {
      long weights = panels + (long) panel * k * width;
      for (int column = 0; column < width; column++) {
        float sum = 0;
        for (int i = 0; i < k; i++) {
          sum += get(x, i) * Memory.ALL.get(JAVA_BYTE, weights + (long) i * width + column);
        }
        set(out, panel * width + column, sum);
      }
    }
  }
}
