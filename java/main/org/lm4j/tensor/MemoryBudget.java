package org.lm4j.tensor;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.lm4j.MemoryShortage;

/**
 * How much memory this process can take without being killed for it. Linux gives memory that it has
 * not, and ends a process that uses it; so what is large is compared before it is taken. Whoever
 * knows beforehand what a piece of work takes asks {@link #require}; {@link HostStorage} asks for
 * what it allocates.
 *
 * <p>The system property {@code lm4j.memory} lowers what there is, in bytes.
 */
public final class MemoryBudget {
  /** What there is where nothing limits it, or nothing is known. */
  public static final long UNKNOWN = Long.MAX_VALUE;

  private static final String PROPERTY = "lm4j.memory";
  private static final long UNASKED = 16L << 20; // taken together without a look at the system
  private static final AtomicLong TAKEN = new AtomicLong(); // since the last look

  private static final AtomicLong ALLOCATED = new AtomicLong();

  private MemoryBudget() {}

  /** Bytes that {@link HostStorage} holds now, in all of this process. */
  public static long allocated() {
    return ALLOCATED.get();
  }

  static void allocated(long change) {
    ALLOCATED.addAndGet(change);
  }

  /**
   * Bytes outside the heap that can be taken now: the least of what the machine has available, what
   * the control groups of this process allow, and {@code lm4j.memory}.
   */
  public static long available() {
    return Math.min(Long.getLong(PROPERTY, UNKNOWN), SystemMemory.HERE.available());
  }

  /** Bytes of the heap that are free or can still be taken. */
  public static long heap() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  /**
   * That there is as much memory as something needs.
   *
   * @param bytes it needs
   * @param there is, wherever that may be
   * @param what needs it, as the message begins: "training this model"
   * @param options to make smaller, see {@link MemoryShortage}
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
   * That there are {@code bytes} on the heap.
   *
   * @param what needs them, as the message begins
   * @param options to make smaller, see {@link MemoryShortage}
   * @throws MemoryShortage if there are fewer, even once the garbage is gone
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

  /** That there is memory for one more piece; small pieces are asked for together. */
  static void requirePiece(long bytes) {
    if (bytes < UNASKED && TAKEN.addAndGet(bytes) < UNASKED) {
      return;
    }
    TAKEN.set(0);
    require(bytes, available(), "one more buffer", List.of());
  }

  /** A number of bytes as people read it. */
  public static String words(long bytes) {
    if (bytes < 1 << 20) {
      return bytes + " bytes";
    }
    boolean large = bytes >= 1 << 30;
    double number = (double) bytes / (large ? 1 << 30 : 1 << 20);
    return String.format(
        Locale.ROOT, number < 10 ? "%.1f %s" : "%.0f %s", number, large ? "GiB" : "MiB");
  }
}
