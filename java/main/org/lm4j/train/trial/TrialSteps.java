package org.lm4j.train.trial;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingTask;

/** Optimizer steps from the beginning of a run, whose losses are read at once. */
final class TrialSteps implements AutoCloseable {
  private final TrainingTask task;
  private final Backend backend;
  private final long seed;
  private final WeightUpdate optimizer;
  private final Tensor lossSum; // (1)
  private final HostStorage storage = new HostStorage(DType.F64.bytes());
  private final Tensor onHost = new Tensor(storage, 0, Shape.of(1), DType.F64);
  private final Runnable compute = this::compute;
  private double rate;
  private long step;
  private int targets;
  private long passed;

  TrialSteps(TrainingTask task, Recipe recipe) {
    this.task = task;
    this.backend = task.backend();
    this.seed = recipe.seed();
    this.optimizer = task.update(recipe);
    this.lossSum = backend.allocate(1);
  }

  private void compute() {
    task.compute(lossSum);
    optimizer.step(rate);
  }

  /** Makes a step with a learning rate; its loss is that before the weights change. */
  void step(double learningRate) {
    rate = learningRate;
    targets = task.prepare(step, new RandomKey(seed, step));
    backend.step(compute);
    task.advance();
    step++;
    passed += task.passed(targets);
  }

  /** Returns the mean loss of the last step, after waiting for it; may be infinite or NaN. */
  double loss() {
    backend.download(lossSum, onHost);
    return onHost.get(0) / targets;
  }

  /** Returns the steps made. */
  long steps() {
    return step;
  }

  /** Returns how many of what is counted all steps went through. */
  long passed() {
    return passed;
  }

  @Override
  public void close() {
    optimizer.close();
    lossSum.storage().close();
    storage.close();
  }
}
