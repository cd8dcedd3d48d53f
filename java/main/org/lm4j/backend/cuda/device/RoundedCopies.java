package org.lm4j.backend.cuda.device;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies of matrices in bfloat16, kept for as long as nothing but products is recorded, so that a
 * matrix that several products in a row multiply is rounded once: the weights of an output layer,
 * its input, and the gradient of its result.
 *
 * <p>Which buffer holds what follows from the order of calls alone, and begins anew after any other
 * command, so that equal steps record equal commands.
 */
final class RoundedCopies implements AutoCloseable {
  private static final int BUFFERS = 3;
  private static final int BF16_BYTES = 2;

  private final CommandQueue queue;
  private final List<Slot> slots = new ArrayList<>();
  private long changes; // of the queue, when the copies were last known to be good
  private long clock;

  /** A matrix of floats: where it lies, and its shape, row by row. */
  record Source(long address, long rows, long columns) {
    private boolean overlaps(Source other) {
      return address < other.address + other.rows * other.columns * Float.BYTES
          && other.address < address + rows * columns * Float.BYTES;
    }
  }

  /** A buffer and what it holds. */
  private static final class Slot {
    final DeviceBuffer buffer;
    @Nullable Source source; // null for nothing of use
    long lastUse;

    Slot(DeviceBuffer buffer) {
      this.buffer = buffer;
    }
  }

  RoundedCopies(CudaDevice device) {
    this.queue = device.queue();
    for (int i = 0; i < BUFFERS; i++) {
      slots.add(new Slot(new DeviceBuffer(device)));
    }
  }

  /** Forgets all copies if anything else was recorded since {@link #keep}. */
  void begin() {
    if (queue.changes() != changes) {
      slots.forEach(slot -> slot.source = null);
      slots.forEach(slot -> slot.lastUse = 0);
    }
  }

  /** Returns the address of the copy of {@code source}; 0 if there is none. */
  long find(Source source) {
    for (Slot slot : slots) {
      if (source.equals(slot.source)) {
        slot.lastUse = ++clock;
        return slot.buffer.at(0);
      }
    }
    return 0;
  }

  /**
   * Returns memory for a copy of {@code source}, which the caller records, in place of the copy
   * that was used longest ago.
   *
   * @param stride elements from row to row
   */
  long place(Source source, long stride) {
    Slot oldest = slots.getFirst();
    for (Slot slot : slots) {
      if (slot.lastUse < oldest.lastUse) {
        oldest = slot;
      }
    }
    oldest.source = source;
    oldest.lastUse = ++clock;
    return oldest.buffer.at(source.rows * stride * BF16_BYTES);
  }

  /** Forgets copies of what a command overwrites. */
  void written(Source target) {
    for (Slot slot : slots) {
      if (slot.source != null && slot.source.overlaps(target)) {
        slot.source = null;
      }
    }
  }

  /** Ends what {@link #begin} began: all that was recorded since has left the copies good. */
  void keep() {
    changes = queue.changes();
  }

  @Override
  public void close() {
    slots.forEach(slot -> slot.buffer.close());
  }
}
