package org.lm4j.task.lm.adapt;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Some consecutive tokens of a text, which every component of a mixture reads, and what each of
 * them predicts.
 */
final class Chunk {
  /** The target of a token that is read but whose successor is not scored. */
  static final int IGNORE = -1;

  private final double[] weights;
  private final int[] inputs;
  private final int[] targets;
  private final double[][] logs; // by component and row; NaN where a cache is empty
  private final double[] mainWeights; // by row: that of the first component and of empty caches
  private final double @Nullable [][] sums; // by row and token
  private int rows;

  /**
   * Allocates a chunk.
   *
   * @param weights of the components, which add up to 1; the first is that of the model
   * @param most rows at most
   * @param vocabulary {@code V} if whole distributions are wanted, else 0
   */
  Chunk(double[] weights, int most, int vocabulary) {
    this.weights = weights;
    this.inputs = new int[most];
    this.targets = new int[most];
    this.logs = new double[weights.length][most];
    this.mainWeights = new double[most];
    this.sums = vocabulary == 0 ? null : new double[most][vocabulary];
  }

  /** Returns the number of rows that fit. */
  int most() {
    return inputs.length;
  }

  /**
   * Begins with new tokens.
   *
   * @param ids the inputs are {@code ids[from]} and those after it, each target the token after
   * @param scored the index of the first token that is a target; earlier ones are not scored
   */
  void load(int[] ids, int from, int count, int scored) {
    rows = count;
    System.arraycopy(ids, from, inputs, 0, count);
    for (int row = 0; row < count; row++) {
      int target = from + row + 1;
      targets[row] = target >= scored ? ids[target] : IGNORE;
    }
    Arrays.fill(mainWeights, 0, count, weights[0]);
    for (double[] log : logs) {
      Arrays.fill(log, 0, count, Double.NaN);
    }
    if (sums != null) {
      for (int row = 0; row < count; row++) {
        Arrays.fill(sums[row], 0);
      }
    }
  }

  int rows() {
    return rows;
  }

  int[] inputs() {
    return inputs;
  }

  int[] targets() {
    return targets;
  }

  boolean isScored(int row) {
    return targets[row] != IGNORE;
  }

  /** Returns whether components add whole distributions. */
  boolean whole() {
    return sums != null;
  }

  /** Receives the natural logarithm of the probability of a row's target by one component. */
  void set(int component, int row, double log) {
    logs[component][row] = log;
  }

  /** Moves the weight of a cache that is still empty at this row to the model. */
  void leaveToModel(int component, int row) {
    mainWeights[row] += weights[component];
  }

  /** Adds a multiple of the distribution of one component. */
  void add(int component, int row, double[] probabilities, double factor) {
    double weight = factor * (component == 0 ? mainWeights[row] : weights[component]);
    double[] sum = sums(row);
    for (int token = 0; token < sum.length; token++) {
      sum[token] += weight * probabilities[token];
    }
  }

  /** Adds to the probability of one token. */
  void add(int component, int row, int token, double probability) {
    sums(row)[token] += weights[component] * probability;
  }

  private double[] sums(int row) {
    if (sums == null) {
      throw new IllegalStateException("this chunk keeps no distributions");
    }
    return sums[row];
  }

  /** Returns the logarithm of one component's probability; the model's where a cache is empty. */
  double log(int component, int row) {
    double log = logs[component][row];
    return Double.isNaN(log) && component > 0 ? logs[0][row] : log;
  }

  /** Returns the natural logarithm of the mixture's probability of a row's target. */
  double log(int row) {
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < weights.length; k++) {
      most = weights[k] > 0 ? Math.max(most, log(k, row)) : most;
    }
    if (Double.isNaN(most) || Double.isInfinite(most)) {
      return most;
    }
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      sum += weights[k] > 0 ? weights[k] * Math.exp(log(k, row) - most) : 0;
    }
    return most + Math.log(sum);
  }

  /** Returns the logarithms of the mixture's probabilities of all tokens, in place of the sums. */
  double[] logDistribution(int row) {
    double[] sum = sums(row);
    for (int token = 0; token < sum.length; token++) {
      sum[token] = Math.log(sum[token]);
    }
    return sum;
  }
}
