package org.lm4j.train.trial;

import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.composed.CountingBackend;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;

/**
 * The memory that a training takes on its device, counted by making all that it makes on memory
 * that is only counted. Java's heap, native libraries, and the text, which is mapped into memory
 * and may leave it at any time, come on top.
 *
 * @param weights number of weights
 * @param model bytes of the weights, their gradients and copies of them
 * @param moments bytes of what the optimizer keeps for each weight
 * @param activations bytes of the states and of what a step computes and keeps for its gradients
 * @param available bytes that can be taken on the device now
 */
public record MemoryEstimate(
    long weights, long model, long moments, long activations, long available) {
  /** Counts the memory of a run that a folder describes. */
  static <M extends Model> MemoryEstimate of(
      ModelFiles files, Backend backend, RunPlan plan, Task<M> task) {
    CountingBackend counting = new CountingBackend(backend);
    M counted = task.create(files, counting);
    long model = counting.bytes();
    try (TrainingTask steps = task.steps(counted, files, plan)) {
      long carried = counting.bytes() - model;
      long before = counting.bytes();
      try (WeightUpdate _ = steps.update(plan.recipe())) {
        long moments = counting.bytes() - before;
        Run.takeWorkspaces(steps, counting, plan);
        return new MemoryEstimate(
            steps.parameters().count(),
            model,
            moments,
            carried + counting.bytes() - before - moments,
            backend.availableBytes());
      }
    }
  }

  /** Returns the bytes of all together. */
  public long total() {
    return model + moments + activations;
  }

  /** Returns whether they can be taken. */
  public boolean fits() {
    return total() <= available;
  }

  /**
   * Requires that they can be taken.
   *
   * @throws org.lm4j.MemoryShortage if they cannot
   */
  public void require() {
    MemoryBudget.require(
        total(),
        available,
        "training this model in steps of this size",
        List.of("batch", "bptt", "hidden"));
  }
}
