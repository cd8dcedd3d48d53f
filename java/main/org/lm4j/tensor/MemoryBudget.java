package org.lm4j.tensor;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.lm4j.MemoryShortage;

/**
 * Tracks how much memory this process can allocate without being killed. Linux overcommits memory
 * and kills a process that uses too much, so large allocations are checked in advance. Code that
 * knows in advance what a task needs calls {@link #require}; {@link HostStorage} checks its own
 * allocations.
 *
 * <p>The system property {@code lm4j.memory} lowers the limit, in bytes.
 */
public final class MemoryBudget {
  /** The amount of memory if there is no limit, or none is known. */
  public static final long UNKNOWN = Long.MAX_VALUE;

  private static final String PROPERTY = "lm4j.memory";
  private static final List<String> UNITS = List.of("KiB", "MiB", "GiB");
  private static final long UNASKED = 16L << 20; // allocated in total without checking the system
  private static final AtomicLong TAKEN = new AtomicLong(); // since the last check

  private static final AtomicLong ALLOCATED = new AtomicLong();

  private MemoryBudget() {}

  /** Returns the bytes that {@link HostStorage} currently holds in this process. */
  public static long allocated() {
    return ALLOCATED.get();
  }

  static void allocated(long change) {
    ALLOCATED.addAndGet(change);
  }

  /**
   * Returns the bytes outside the heap that can be allocated now: the least of the machine's
   * available memory, the limits of this process's control groups, and {@code lm4j.memory}.
   */
  public static long available() {
    return Math.min(Long.getLong(PROPERTY, UNKNOWN), SystemMemory.HERE.available());
  }

  /** Returns the bytes of the heap that are free or can still be reserved. */
  public static long heap() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  /**
   * Checks that there is enough memory.
   *
   * @param bytes the number of bytes needed
   * @param there the number of bytes available
   * @param what the purpose, with which the message begins: "training this model"
   * @param options the options to reduce, see {@link MemoryShortage}
   * @throws MemoryShortage if there is less
   */
  public static void require(long bytes, long there, String what, List<String> options) {
    if (bytes > there) {
      throw new MemoryShortage(
          "%s needs %s of memory, but %s can be taken"
              .formatted(what, words(bytes), words(Math.max(0, there))),
          options,
          false);
    }
  }

  /**
   * Checks that there are {@code bytes} on the heap.
   *
   * @param what the purpose, with which the message begins
   * @param options the options to reduce, see {@link MemoryShortage}
   * @throws MemoryShortage if there are fewer, even after garbage collection
   */
  public static void requireHeap(long bytes, String what, List<String> options) {
    if (bytes <= heap()) {
      return;
    }
    System.gc(); // what is used includes garbage
    if (bytes > heap()) {
      throw new MemoryShortage(
          "%s needs %s of Java's heap, but %s can be taken"
              .formatted(what, words(bytes), words(heap())),
          options,
          true);
    }
  }

  /** Checks that there is memory for one more allocation; small ones are checked together. */
  static void requirePiece(long bytes) {
    if (bytes < UNASKED && TAKEN.addAndGet(bytes) < UNASKED) {
      return;
    }
    TAKEN.set(0);
    require(bytes, available(), "one more buffer", List.of());
  }

  /** Formats a number of bytes for reading: 512 bytes, 1.5 KiB, 682 KiB, 12 MiB, 3.2 GiB. */
  public static String words(long bytes) {
    if (bytes < 1 << 10) {
      return bytes + (bytes == 1 ? " byte" : " bytes");
    }
    double number = bytes / 1024.0;
    int unit = 0;
    while (unit < UNITS.size() - 1 && Math.round(number) >= 1024) { // as it would be printed
      number /= 1024;
      unit++;
    }
    boolean small = number < 9.95; // else 10.0 would be printed
    return String.format(Locale.ROOT, small ? "%.1f %s" : "%.0f %s", number, UNITS.get(unit));
  }
}
