package org.lm4j.nn.softmax;

import java.util.Arrays;
import java.util.List;

/**
 * Adaptive softmax by its definition, in float64 and plain loops over one row at a time: {@code
 * p(w) = head(w)}, or {@code head(cluster) · tail(w)}. Weights are row by row, in the order of
 * {@link AdaptiveSoftmax}.
 */
final class PlainAdaptiveSoftmax {
  private final int words;
  private final int inputs;
  private final List<Integer> cutoffs;
  private final double[][] weights;
  final double[][] gradients;

  PlainAdaptiveSoftmax(int words, int inputs, List<Integer> cutoffs, double[]... weights) {
    this.words = words;
    this.inputs = inputs;
    this.cutoffs = cutoffs;
    this.weights = weights;
    this.gradients = Arrays.stream(weights).map(w -> new double[w.length]).toArray(double[][]::new);
  }

  /** Returns the log-probabilities of all words. */
  double[] logProbabilities(double[] x) {
    double[] all = new double[words];
    double[] head = logSoftmax(headScores(x));
    int first = cutoffs.getFirst();
    System.arraycopy(head, 0, all, 0, first);
    for (int i = 0; i < cutoffs.size(); i++) {
      double[] tail = logSoftmax(product(weights[3 + 2 * i], product(weights[2 + 2 * i], x)));
      for (int word = 0; word < tail.length; word++) {
        all[cutoffs.get(i) + word] = head[first + i] + tail[word];
      }
    }
    return all;
  }

  /** Adds the gradient of one row's loss, times a scale, and returns that of its input. */
  double[] differentiate(double[] x, int target, double scale) {
    int first = cutoffs.getFirst();
    int cluster = -1;
    while (cluster + 1 < cutoffs.size() && target >= cutoffs.get(cluster + 1)) {
      cluster++;
    }
    double[] dHead = scoreGradient(headScores(x), cluster < 0 ? target : first + cluster, scale);
    double[] dx = back(0, dHead, x);
    for (int i = 0; i < dHead.length; i++) {
      gradients[1][i] += dHead[i];
    }
    if (cluster >= 0) {
      double[] projected = product(weights[2 + 2 * cluster], x);
      double[] scores = product(weights[3 + 2 * cluster], projected);
      double[] dScores = scoreGradient(scores, target - cutoffs.get(cluster), scale);
      double[] more = back(2 + 2 * cluster, back(3 + 2 * cluster, dScores, projected), x);
      for (int i = 0; i < inputs; i++) {
        dx[i] += more[i];
      }
    }
    return dx;
  }

  private double[] headScores(double[] x) {
    double[] scores = product(weights[0], x);
    for (int i = 0; i < scores.length; i++) {
      scores[i] += weights[1][i];
    }
    return scores;
  }

  private static double[] product(double[] matrix, double[] x) {
    double[] y = new double[matrix.length / x.length];
    for (int i = 0; i < matrix.length; i++) {
      y[i / x.length] += matrix[i] * x[i % x.length];
    }
    return y;
  }

  /** Adds to the gradient of a matrix, and returns that of what it was multiplied with. */
  private double[] back(int matrix, double[] dy, double[] x) {
    double[] dx = new double[x.length];
    for (int i = 0; i < weights[matrix].length; i++) {
      gradients[matrix][i] += dy[i / x.length] * x[i % x.length];
      dx[i % x.length] += dy[i / x.length] * weights[matrix][i];
    }
    return dx;
  }

  private static double[] scoreGradient(double[] scores, int target, double scale) {
    double[] gradient = Arrays.stream(logSoftmax(scores)).map(v -> scale * Math.exp(v)).toArray();
    gradient[target] -= scale;
    return gradient;
  }

  private static double[] logSoftmax(double[] scores) {
    double most = Arrays.stream(scores).max().orElseThrow();
    double sum = Arrays.stream(scores).map(score -> Math.exp(score - most)).sum();
    return Arrays.stream(scores).map(score -> score - most - Math.log(sum)).toArray();
  }
}
