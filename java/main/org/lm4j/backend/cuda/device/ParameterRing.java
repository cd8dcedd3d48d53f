package org.lm4j.backend.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaMemory;
import org.lm4j.backend.cuda.driver.CudaStreams;
import org.lm4j.tensor.Memory;

/**
 * The numbers of a list of commands that vary from one run of it to the next: learning rates, steps
 * of the random generator, token ids. They are gathered in pinned host memory, one slot of a ring a
 * list, and copied to one block of device memory before the list's commands run. So a command names
 * the same address each time, and the host can write the next list's numbers while the device still
 * reads this one's. A slot is written again only when the event behind its copy has happened.
 */
public final class ParameterRing implements AutoCloseable {
  /** Bytes of a slot. */
  public static final long SLOT_BYTES = 1 << 20;

  private static final int SLOTS = 8; // lists the host may be ahead
  private static final long ALIGNMENT = 16;

  private final CudaMemory memory;
  private final CudaStreams streams;
  private final long stream;
  private long host;
  private long device;
  private final long[] events = new long[SLOTS];
  private int slot;
  private long used;

  ParameterRing(CudaDriver driver, long stream) {
    this.memory = driver.memory();
    this.streams = driver.streams();
    this.stream = stream;
    try {
      host = memory.allocatePinned(SLOTS * SLOT_BYTES);
      device = memory.allocate(SLOT_BYTES);
      for (int i = 0; i < SLOTS; i++) {
        events[i] = streams.createEvent(CudaStreams.CU_EVENT_DISABLE_TIMING);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Returns whether this many bytes fit into the slot being written. */
  boolean hasRoom(long bytes) {
    return bytes <= SLOT_BYTES - used;
  }

  /**
   * Takes the next bytes of the slot, for which there must be room.
   *
   * @return where the device will find them
   */
  long take(long bytes) {
    long at = device + used;
    used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
  }

  /** Writes a double that the device will find at {@code at}. */
  void put(long at, double value) {
    Memory.ALL.set(JAVA_DOUBLE, host(at), value);
  }

  /** Writes a 64-bit word that the device will find at {@code at}. */
  void put(long at, long value) {
    Memory.ALL.set(JAVA_LONG, host(at), value);
  }

  /**
   * Writes {@code count} ids, from {@code ids[from]} on, that the device will find at {@code at}.
   */
  void put(long at, int[] ids, int from, int count) {
    MemorySegment.copy(
        MemorySegment.ofArray(ids),
        (long) from * Integer.BYTES,
        Memory.ALL,
        host(at),
        (long) count * Integer.BYTES);
  }

  private long host(long at) {
    return host + slot * SLOT_BYTES + (at - device);
  }

  /** Sends what was written, and continues to the next slot once that is free. */
  void submit() {
    if (used == 0) {
      return;
    }
    memory.copyToDeviceAsync(device, host + slot * SLOT_BYTES, used, stream);
    streams.record(events[slot], stream);
    slot = (slot + 1) % SLOTS;
    streams.synchronizeEvent(events[slot]);
    used = 0;
  }

  @Override
  public void close() {
    for (long event : events) {
      if (event != 0) {
        streams.destroyEvent(event);
      }
    }
    if (device != 0) {
      memory.free(device);
    }
    if (host != 0) {
      memory.freePinned(host);
    }
  }
}
