package org.lm4j.backend.cpu;

import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.tensor.HostStorage;

/** The product of some rows with one packed panel, all of it in a core's own caches. */
final class ProductTrial implements CpuSpeed.Trial {
  /** Depths of a product: one whose panel is in the L1 cache, and one whose sums last long. */
  static final int[] DEPTHS = {128, 512};

  /** Whole tiles of rows, of whatever width vectors have. */
  private static final int ROWS = 48;

  private final Panels numbers;
  private final int depth;
  private final HostStorage left;
  private final HostStorage panel;
  private final HostStorage c;
  private final long width = (long) ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();

  ProductTrial(Panels numbers, int depth, int seed) {
    this.numbers = numbers;
    this.depth = depth;
    long bytes = width * Float.BYTES;
    int columns = (int) width;
    left = GateTrial.numbers((long) ROWS * depth, seed);
    panel = new HostStorage(numbers.steps(depth) * bytes);
    c = new HostStorage(ROWS * bytes);
    try (HostStorage right = GateTrial.numbers(depth * width, seed + 1)) {
      numbers.columns(depth, columns, columns, right.address(), bytes, panel.address(), bytes);
    }
    if (numbers.converts()) {
      try (HostStorage rows = GateTrial.numbers((long) ROWS * depth, seed)) {
        long strideBytes = (long) depth * Float.BYTES;
        numbers.left(ROWS, depth, rows.address(), strideBytes, left.address());
      }
    }
  }

  /** Returns the operations of a run: two for a product and its sum. */
  static double operations(int depth) {
    return 2.0 * ROWS * depth * ProductKernels.PANEL_VECTORS * Kernels.GATES.lanes();
  }

  @Override
  public void run() {
    numbers.multiply(
        ROWS,
        numbers.steps(depth),
        left.address(),
        numbers.rowBytes(depth, (long) depth * Float.BYTES),
        panel.address(),
        c.address(),
        width * Float.BYTES);
  }

  @Override
  public void close() {
    left.close();
    panel.close();
    c.close();
  }
}
