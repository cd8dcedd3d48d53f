package org.lm4j.parallel;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.tensor.Tensor;

/**
 * The exchange between the processes of a run at each step: gradients and losses are summed, and
 * what depends on the clock or on a request to stop is agreed upon.
 */
public final class StepExchange implements AutoCloseable {
  private final Communicator ranks;
  private final @Nullable TensorSum sums; // null for one process
  private double seconds;
  private boolean stop;

  /** Prepares the exchange. */
  public StepExchange(Communicator ranks, Backend backend) {
    this.ranks = ranks;
    this.sums = ranks.size() == 1 ? null : ranks.sums(backend);
  }

  /** Returns whether there is one process only, which has nothing to exchange. */
  public boolean isAlone() {
    return sums == null;
  }

  /** Returns whether this process is the first, which logs and saves. */
  public boolean leads() {
    return ranks.rank() == 0;
  }

  /**
   * Announces gradients that the step does not change any more, so that their exchange may begin
   * while the others are computed.
   *
   * @param part of all gradients, disjoint from those before, and without rows of sparse tables
   */
  public void begin(Tensor part) {
    if (sums != null) {
      sums.begin(part);
    }
  }

  /**
   * Replaces the gradients of a step and the sum of its losses by their sums over the processes.
   *
   * @param gradients all of them
   * @param sparse the same where they are zero in most rows of some tables; null where they are not
   */
  public void sum(Tensor gradients, @Nullable SparseGradient sparse, Tensor lossSum) {
    if (sums == null) {
      return;
    }
    if (sparse == null) {
      sums.sum(gradients);
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
  public void agree(boolean asked, double clock) {
    if (sums == null) {
      return;
    }
    double[][] all = ranks.gather(asked ? 1 : 0, clock);
    seconds = all[0][1];
    stop = false;
    for (double[] each : all) {
      stop |= each[0] > 0;
    }
  }

  /**
   * Returns the seconds agreed upon last.
   *
   * @param clock those of this process, which count where it is the only one
   */
  public double seconds(double clock) {
    return sums == null ? clock : seconds;
  }

  /**
   * Returns whether the run is to stop.
   *
   * @param asked whether this process is asked to, which counts where it is the only one
   */
  public boolean stops(boolean asked) {
    return sums == null ? asked : stop;
  }

  /**
   * Requires a number that follows from the weights to be the same in all processes.
   *
   * @throws RanksException if it is not
   */
  public void requireEqual(double number) {
    if (sums == null) {
      return;
    }
    for (double[] each : ranks.gather(number)) {
      if (each[0] != number) {
        throw new RanksException(
            "the processes no longer have the same weights: all of them need the same kind of"
                + " processor, device, precision and number of threads; the last checkpoint is"
                + " whole");
      }
    }
  }

  /** Returns the connection to the other processes. */
  public Communicator ranks() {
    return ranks;
  }

  @Override
  public void close() {
    if (sums != null) {
      sums.close();
    }
  }
}
