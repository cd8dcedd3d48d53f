package org.lm4j.compute;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.lm4j.tensor.Memory;

/**
 * The argument checks of token ids in host memory, or of a device's copy of them there: one that is
 * out of range would address any memory.
 */
public final class IdChecks {
  private IdChecks() {}

  /** Checks that each of {@code count} ids from {@code address} on lies in [0, limit). */
  public static void ids(String operation, long address, long count, int limit) {
    for (long i = 0; i < count; i++) {
      int id = Memory.ALL.get(JAVA_INT_UNALIGNED, address + 4 * i);
      if (id < 0 || id >= limit) {
        throw Checks.broken(operation, "id " + id + " at " + i + " is not in [0, " + limit + ")");
      }
    }
  }

  /** Checks targets in the same way; they may also be {@code ignore}. */
  public static void targets(String operation, long address, long count, int limit, int ignore) {
    for (long i = 0; i < count; i++) {
      int id = Memory.ALL.get(JAVA_INT_UNALIGNED, address + 4 * i);
      if ((id < 0 || id >= limit) && id != ignore) {
        throw Checks.broken(
            operation,
            "target " + id + " at " + i + " is neither in [0, " + limit + ") nor " + ignore);
      }
    }
  }
}
