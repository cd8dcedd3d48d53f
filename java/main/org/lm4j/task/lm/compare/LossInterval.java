package org.lm4j.task.lm.compare;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.Evaluator;

/**
 * Receives the targets of an evaluation and estimates how far their mean loss would vary if another
 * part of the same kind of text had been evaluated: a bootstrap over blocks of consecutive targets,
 * since neighbours are not independent (Künsch, "The Jackknife and the Bootstrap for General
 * Stationary Observations", 1989; here the blocks do not overlap). A block has 100 targets, more in
 * a text of which that would be more than 1,000 blocks, and fewer in one of less than 20. The
 * result depends on the losses alone.
 */
public final class LossInterval implements Evaluator.TargetListener {
  private static final int MOST_BLOCKS = 1000;
  private static final int LEAST_BLOCKS = 20;
  private static final int BLOCK = 100;
  private static final int SAMPLES = 1000;
  private static final long SEED = 1;

  private final long length; // of a block
  private final double[] losses;
  private final double[] targets;
  private long received;

  /**
   * Creates the blocks.
   *
   * @param places the greatest place that a target may have in its text
   */
  public LossInterval(long places) {
    long shortest = Math.max(1, Math.min(BLOCK, places / LEAST_BLOCKS));
    this.length = Math.max(shortest, (places + MOST_BLOCKS - 1) / MOST_BLOCKS);
    int blocks = (int) (places / length + 1);
    this.losses = new double[blocks];
    this.targets = new double[blocks];
  }

  @Override
  public void target(long index, int token, double loss) {
    int block = (int) Math.min(index / length, losses.length - 1);
    losses[block] += loss;
    targets[block]++;
    received++;
  }

  /**
   * Returns the 95 % interval of the mean loss in nats; null if there are fewer than 20 targets, or
   * a loss was not finite.
   */
  public Bootstrap.@Nullable Interval interval() {
    int[] used = IntStream.range(0, targets.length).filter(block -> targets[block] > 0).toArray();
    if (received < LEAST_BLOCKS || used.length < 2) {
      return null;
    }
    double[] sums = Arrays.stream(used).mapToDouble(block -> losses[block]).toArray();
    double[] counts = Arrays.stream(used).mapToDouble(block -> targets[block]).toArray();
    double[] means =
        Bootstrap.of(SAMPLES, SEED).ratios(new double[][] {sums}, new double[][] {counts}, 0)[0];
    Bootstrap.Interval interval = Bootstrap.interval(means);
    return Double.isFinite(interval.low()) && Double.isFinite(interval.high()) ? interval : null;
  }
}
