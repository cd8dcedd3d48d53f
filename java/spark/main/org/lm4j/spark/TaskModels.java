package org.lm4j.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * The models that tasks use: each until the task ends, however it ends, so that all rows of a task
 * see the same version.
 */
final class TaskModels {
  /** By the ids of attempts, and then by the objects that the threads of the task use. */
  private static final Map<Long, Map<SharedModel, HeldModels.Lease>> TASKS =
      new ConcurrentHashMap<>();

  private TaskModels() {}

  /** Returns a model for the task of this thread, taken when it first asks for it. */
  static ExecutorModel take(SharedModel shared) {
    TaskContext task = TaskContext.get();
    if (task == null) {
      throw new IllegalStateException("this thread runs no task of Spark");
    }
    return of(task, shared);
  }

  private static ExecutorModel of(TaskContext task, SharedModel shared) {
    Map<SharedModel, HeldModels.Lease> created = new ConcurrentHashMap<>();
    Map<SharedModel, HeldModels.Lease> leases = TASKS.putIfAbsent(task.taskAttemptId(), created);
    if (leases == null) {
      leases = created;
      TaskCompletionListener listener = ended -> end(ended.taskAttemptId());
      task.addTaskCompletionListener(listener);
    }
    return leases.computeIfAbsent(shared, HeldModels::take).model();
  }

  private static void end(long attempt) {
    Map<SharedModel, HeldModels.Lease> leases = TASKS.remove(attempt);
    if (leases != null) {
      leases.values().forEach(HeldModels.Lease::close);
    }
  }

  /** Computes with a model: of the task of this thread, or alone where the driver computes. */
  static <R> @Nullable R with(SharedModel shared, Computation<R> computation) {
    TaskContext task = TaskContext.get();
    if (task != null) {
      return computation.of(of(task, shared));
    }
    try (HeldModels.Lease lease = HeldModels.take(shared)) {
      return computation.of(lease.model());
    }
  }

  /** Computes with a model. */
  @FunctionalInterface
  interface Computation<R> {
    @Nullable R of(ExecutorModel model);
  }
}
