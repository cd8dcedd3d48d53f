package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.tensor.HostStorage;

/** One thread's memory for {@link PackedGemm}. */
final class GemmWorkspace implements AutoCloseable {
  /** Rows of a tile that is added to the result. */
  static final int MERGED_ROWS = 32;

  /** Words of panels that are packed at a time, in a part of the L2 cache. */
  static final int PANEL_WORDS = 1 << 16;

  private static final int GROUPED_COLUMNS = 256;

  /** Groups of columns of the left side that are packed at a time. */
  final int groups;

  /** {@code (steps of a block, width)}, or several of fewer steps. */
  final long panel;

  /** {@code (MERGED_ROWS, width)}. */
  final long tile;

  /** Groups of columns of the left side, {@code (steps of a block, lanes)} each. */
  final long left;

  /** {@code (width)}, of the last panel. */
  final long bias;

  /** For panels of a transposed right side. */
  final long scratch;

  /** {@code (depth of a block, lanes)}, of the last group. */
  final long columns;

  private final HostStorage storage;
  private HostStorage converted = new HostStorage(0); // rows of the left side

  GemmWorkspace(Panels numbers, int lanes) {
    int width = ProductKernels.PANEL_VECTORS * lanes;
    int depth = numbers.mostDepth();
    int steps = numbers.steps(depth);
    groups = Math.max(1, GROUPED_COLUMNS / lanes);
    long panelBytes = Math.max((long) steps * width, PANEL_WORDS) * Float.BYTES;
    long tileBytes = (long) MERGED_ROWS * width * Float.BYTES;
    long leftBytes = (long) steps * lanes * groups * Float.BYTES;
    long biasBytes = (long) width * Float.BYTES;
    long scratchBytes = numbers.scratchWords(depth) * Float.BYTES;
    long columnBytes = (long) depth * lanes * Float.BYTES;
    storage =
        new HostStorage(
            panelBytes + tileBytes + leftBytes + biasBytes + scratchBytes + columnBytes);
    panel = storage.address();
    tile = panel + panelBytes;
    left = tile + tileBytes;
    bias = left + leftBytes;
    scratch = bias + biasBytes;
    columns = scratch + scratchBytes;
  }

  /** Returns memory for so many words of converted rows. */
  long converted(long words) {
    long bytes = words * Float.BYTES;
    if (converted.byteSize() < bytes) {
      converted.close();
      converted = new HostStorage(bytes);
    }
    return converted.address();
  }

  @Override
  public void close() {
    storage.close();
    converted.close();
  }
}
