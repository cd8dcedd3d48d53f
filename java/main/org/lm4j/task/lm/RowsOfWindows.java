package org.lm4j.task.lm;

import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.text.token.TrainingWindows;

/**
 * Some rows of the windows of a text, for one of several processes that share each batch. Windows,
 * and the targets that are counted, are those of the whole batch.
 */
final class RowsOfWindows implements TrainingWindows {
  private final TrainingWindows whole;
  private final RandomKey.Rows rows;
  private final int[] inputs; // of the whole window
  private final int[] targets;
  private final int[] scoredTargets;
  private int filled;

  /** Creates a view, which does not close the windows of the whole. */
  RowsOfWindows(TrainingWindows whole, RandomKey.Rows rows) {
    this.whole = whole;
    this.rows = rows;
    this.inputs = new int[whole.rows() * whole.longest()];
    this.targets = new int[inputs.length];
    this.scoredTargets = new int[inputs.length];
  }

  @Override
  public long windows() {
    return whole.windows();
  }

  @Override
  public int rows() {
    return rows.count();
  }

  @Override
  public int longest() {
    return whole.longest();
  }

  @Override
  public int stepsOf(long epoch, long window) {
    return whole.stepsOf(epoch, window);
  }

  @Override
  public boolean begins(long epoch, long window) {
    return whole.begins(epoch, window);
  }

  /**
   * {@inheritDoc}
   *
   * @return how many targets of the whole window are scored
   */
  @Override
  public int fill(long epoch, long window, int[] someInputs, int[] someTargets) {
    int scored = whole.fill(epoch, window, inputs, targets);
    int steps = whole.stepsOf(epoch, window);
    filled = steps * whole.rows();
    for (int t = 0; t < steps; t++) {
      int from = t * whole.rows() + rows.first();
      System.arraycopy(inputs, from, someInputs, t * rows.count(), rows.count());
      System.arraycopy(targets, from, someTargets, t * rows.count(), rows.count());
    }
    return scored;
  }

  /** Adds the input tokens of the whole window filled in last. */
  void addInputs(TouchedRows tokens) {
    tokens.add(inputs, filled);
  }

  /** Adds the targets of the whole window filled in last; an ignored one counts as token 0. */
  void addTargets(TouchedRows tokens) {
    for (int i = 0; i < filled; i++) {
      scoredTargets[i] = Math.max(0, targets[i]);
    }
    tokens.add(scoredTargets, filled);
  }

  @Override
  public void close() {
    // The windows of the whole stay open.
  }
}
