package org.lm4j.backend.cpu.panel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * Pairs multiplied by float32 kernels, for processors without an instruction for it: each pair
 * becomes two floats, the upper half first, and the product twice as deep. The product of two
 * bfloat16 numbers is exact in float32, so that fused and separate additions give the same bits.
 */
public final class EmulatedTile implements Bf16Tile {
  private static final int ROWS = 24; // of the left side at a time: whole register tiles

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /** A thread's memory, freed some time after the thread has ended. */
  private static final class Scratch {
    private MemorySegment segment = MemorySegment.NULL;

    long of(long bytes) {
      if (segment.byteSize() < bytes) {
        segment = Arena.ofAuto().allocate(bytes, HostStorage.ALIGNMENT);
      }
      return segment.address();
    }
  }

  @Override
  public void panel(
      int vectors,
      int rows,
      int pairs,
      long a,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      boolean add,
      long c,
      long cBytes) {
    if (rows == 1 && !add && vectors == ProductKernels.PANEL_VECTORS) {
      Kernels.bf16().row(pairs, a, stepBytes, panel, start, c);
      return;
    }
    int width = vectors * Kernels.GATES.lanes();
    int depth = 2 * pairs;
    long panelBytes = (long) depth * width * Float.BYTES;
    long leftBytes = (long) depth * Float.BYTES;
    long tileBytes = (long) width * Float.BYTES;
    long wide = SCRATCH.get().of(panelBytes + ROWS * (leftBytes + tileBytes));
    long tile = wide + panelBytes;
    long left = tile + ROWS * tileBytes;
    for (int pair = 0; pair < pairs; pair++) {
      long from = panel + (long) pair * width * Integer.BYTES;
      long to = wide + 2L * pair * width * Float.BYTES;
      for (int i = 0; i < width; i++) {
        long at = to + (long) i * Float.BYTES;
        apart(from + (long) i * Integer.BYTES, at, at + (long) width * Float.BYTES);
      }
    }
    for (int row = 0; row < rows; row += ROWS) {
      int count = Math.min(ROWS, rows - row);
      for (int i = 0; i < count; i++) {
        long from = a + (row + i) * rowBytes;
        long to = left + i * leftBytes;
        for (int pair = 0; pair < pairs; pair++) {
          long at = to + 2L * pair * Float.BYTES;
          apart(from + pair * stepBytes, at, at + Float.BYTES);
        }
      }
      long to = add ? tile : c + row * cBytes;
      long bytes = add ? tileBytes : cBytes;
      Kernels.PRODUCTS.panel(
          vectors, count, depth, left, leftBytes, Float.BYTES, wide, start, to, bytes);
      if (add) {
        Kernels.PACKING.merge(count, width, tile, tileBytes, 1, 1, c + row * cBytes, cBytes);
      }
    }
  }

  /** The upper half of a pair to one place, the lower half to another. */
  private static void apart(long pair, long high, long low) {
    int word = ALL.get(JAVA_INT_UNALIGNED, pair);
    ALL.set(JAVA_FLOAT_UNALIGNED, high, Bf16.high(word));
    ALL.set(JAVA_FLOAT_UNALIGNED, low, Bf16.low(word));
  }
}
