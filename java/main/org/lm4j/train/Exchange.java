package org.lm4j.train;

import org.lm4j.compute.update.SparseGradient;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.RankedSum;
import org.lm4j.tensor.Tensor;

/**
 * The exchange between the processes of a run at each step: gradients and losses are summed, and
 * what depends on the clock or a request to stop is agreed upon.
 */
final class Exchange implements AutoCloseable {
  private final Communicator ranks;
  private final TrainingTask task;
  private final RankedSum sums;
  private double seconds;
  private boolean stop;

  /** Prepares the exchange of a run of several processes. */
  Exchange(TrainingTask task, Communicator ranks) {
    this.task = task;
    this.ranks = ranks;
    this.sums = new RankedSum(ranks, task.backend());
  }

  /** Sums the gradients of the step computed, and its losses, over the processes. */
  void sum(Tensor lossSum) {
    SparseGradient sparse = task.exchanged();
    if (sparse == null) {
      sums.sum(task.parameters().gradients());
    } else {
      sums.sum(sparse);
    }
    sums.sum(lossSum);
  }

  /**
   * Agrees with the other processes.
   *
   * @param asked whether this one is asked to stop: the run stops if any is
   * @param clock seconds of training by the clock of this one: that of the first one counts
   */
  void agree(boolean asked, double clock) {
    double[][] all = ranks.gather(asked ? 1 : 0, clock);
    seconds = all[0][1];
    stop = false;
    for (double[] each : all) {
      stop |= each[0] > 0;
    }
  }

  /** Returns the seconds agreed upon last. */
  double seconds() {
    return seconds;
  }

  /** Returns whether the run is to stop. */
  boolean stops() {
    return stop;
  }

  /** Returns whether this process logs and saves. */
  boolean leads() {
    return ranks.rank() == 0;
  }

  /** Collects the state that the processes carry, before it is saved. */
  void collect() {
    task.collect(ranks);
  }

  @Override
  public void close() {
    sums.close();
  }
}
