package org.lm4j.task.lm.adapt;

import java.util.Arrays;

/**
 * The weights of a linear mixture that make a text most likely, by expectation maximization: the
 * likelihood is concave in the weights, so that the maximum is the global one.
 */
final class MixtureWeights {
  private static final int MOST_ROUNDS = 2000;
  private static final double CONVERGED = 1e-8; // the largest change of a weight

  private MixtureWeights() {}

  /**
   * Finds the weights.
   *
   * @param probabilities of each token, by component: {@code [K][N]}; the first gives each token a
   *     probability above 0
   * @param fixed weights that are given, which add up to at most 1; NaN for one to be found, as the
   *     first must be
   * @return {@code K} weights, which add up to 1
   */
  static double[] fit(double[][] probabilities, double[] fixed) {
    int components = probabilities.length;
    int tokens = probabilities[0].length;
    double[] weights = new double[components];
    double open = 1; // the sum of the weights to be found
    int free = 0;
    for (double weight : fixed) {
      open -= Double.isNaN(weight) ? 0 : weight;
      free += Double.isNaN(weight) ? 1 : 0;
    }
    for (int k = 0; k < components; k++) {
      weights[k] = Double.isNaN(fixed[k]) ? open / free : fixed[k];
    }
    double[] shares = new double[components];
    for (int round = 0; round < MOST_ROUNDS; round++) {
      Arrays.fill(shares, 0);
      for (int n = 0; n < tokens; n++) {
        double sum = 0;
        for (int k = 0; k < components; k++) {
          sum += weights[k] * probabilities[k][n];
        }
        for (int k = 0; k < components; k++) {
          shares[k] += weights[k] * probabilities[k][n] / sum;
        }
      }
      double of = 0;
      for (int k = 0; k < components; k++) {
        of += Double.isNaN(fixed[k]) ? shares[k] : 0;
      }
      double change = 0;
      for (int k = 0; k < components; k++) {
        double next = Double.isNaN(fixed[k]) ? open * shares[k] / of : fixed[k];
        change = Math.max(change, Math.abs(next - weights[k]));
        weights[k] = next;
      }
      if (change < CONVERGED) {
        break;
      }
    }
    return weights;
  }

  /** Returns the mean loss of a mixture, in nats. */
  static double loss(double[][] probabilities, double[] weights) {
    int tokens = probabilities[0].length;
    double total = 0;
    for (int n = 0; n < tokens; n++) {
      double sum = 0;
      for (int k = 0; k < weights.length; k++) {
        sum += weights[k] * probabilities[k][n];
      }
      total -= Math.log(sum);
    }
    return total / tokens;
  }
}
