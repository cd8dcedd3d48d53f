package org.lm4j.train;

import java.util.List;
import java.util.function.Function;
import org.lm4j.compute.Backend;
import org.lm4j.compute.CountingBackend;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Tensor;

/**
 * What a training run takes in memory: weights, gradients, moments, and the workspaces of its
 * steps. Found out by making all that on memory that is only counted, with the code that makes it
 * later.
 */
public final class MemoryNeeds {
  /** Steps looked at, of which each may need a workspace of a shape of its own. */
  private static final long MOST_STEPS = 16;

  private static final List<String> OF_WEIGHTS =
      List.of("hidden", "embedding", "layers", "vocabularySize");
  private static final List<String> OF_STEPS = List.of("batch", "bptt", "hidden");

  private MemoryNeeds() {}

  /**
   * That a run can be held in memory.
   *
   * @param maker makes what is trained, model included
   * @throws org.lm4j.MemoryShortage if it cannot; nothing has been taken then
   */
  public static void require(Backend backend, RunPlan plan, Function<Backend, TrainingTask> maker) {
    CountingBackend counting = new CountingBackend(backend);
    try (TrainingTask task = maker.apply(counting);
        WeightUpdate _ = task.update(plan.recipe())) {
      long there = backend.availableBytes();
      MemoryBudget.require(counting.bytes(), there, "training this model", OF_WEIGHTS);
      steps(task, plan, counting.allocate(1));
      MemoryBudget.require(
          counting.bytes(), there, "training this model in steps of this size", OF_STEPS);
    }
  }

  private static void steps(TrainingTask task, RunPlan plan, Tensor lossSum) {
    long count = Math.min(MOST_STEPS, task.stepsPerEpoch());
    for (long step = 0; step < count; step++) {
      task.prepare(step, new RandomKey(plan.recipe().seed(), step));
      task.compute(lossSum);
      task.advance();
    }
  }
}
