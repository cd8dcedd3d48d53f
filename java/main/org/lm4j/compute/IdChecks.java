package org.lm4j.compute;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * The door checks of token ids in host memory: one that is out of range would address any memory.
 */
final class IdChecks {
  private IdChecks() {}

  static void ids(String operation, Tensor ids, int limit) {
    int count = Math.toIntExact(ids.size());
    for (int i = 0; i < count; i++) {
      int id = Memory.ALL.get(JAVA_INT_UNALIGNED, ids.address() + 4L * i);
      if (id < 0 || id >= limit) {
        throw Checks.broken(operation, "id " + id + " at " + i + " is not in [0, " + limit + ")");
      }
    }
  }

  static void targets(String operation, Tensor targets, int limit, int ignore) {
    int count = Math.toIntExact(targets.size());
    for (int i = 0; i < count; i++) {
      int id = Memory.ALL.get(JAVA_INT_UNALIGNED, targets.address() + 4L * i);
      if ((id < 0 || id >= limit) && id != ignore) {
        throw Checks.broken(
            operation,
            "target " + id + " at " + i + " is neither in [0, " + limit + ") nor " + ignore);
      }
    }
  }
}
