package org.lm4j.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** The models that tasks use: each until the task ends, however it ends. */
final class TaskModels {
  private TaskModels() {}

  /** Takes a model for the task of this thread. */
  static ExecutorModel take(SharedModel shared) {
    ExecutorModel.Lease lease = ExecutorModel.take(shared);
    TaskContext task = TaskContext.get();
    if (task == null) {
      throw new IllegalStateException("this thread runs no task of Spark");
    }
    TaskCompletionListener listener = _ -> lease.close();
    task.addTaskCompletionListener(listener);
    return lease.model();
  }
}
