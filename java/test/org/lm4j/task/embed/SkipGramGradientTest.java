package org.lm4j.task.embed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/**
 * The gradients of both objectives, against central differences of a loss written down here a
 * second time, and against the formulas worked out by hand: {@code ∂/∂v_w = Σ (σ(u_c·v_w) - y_c)
 * u_c} and so on.
 */
class SkipGramGradientTest {
  private static final int V = 7;
  private static final int D = 5;
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-7;

  // A word twice, a candidate twice with one word, one that is the word itself, and empty places.
  private static final int[] WORDS = {2, 0, 2, 6};
  private static final int PLACES = 4;
  private static final int[] CANDIDATES = {1, 3, 3, 5, 0, 4, 0, 0, 6, 2, 1, 1, 0, 0, 0, 0};
  private static final int[] CLASSES = {1, 1, 0, 0, 1, 0, -1, -1, 1, 0, 0, 0, -1, -1, -1, -1};
  private static final float[] WEIGHTS = {1, 1, 2, 2, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0};

  private final double[] input = random(1);
  private final double[] output = random(2);

  private static double[] random(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return random.doubles((long) V * D, -1, 1).toArray();
  }

  private static SkipGramConfig config(String objective) {
    return new SkipGramConfig(
        "embeddings", V, D, objective, 2, 1, new SkipGramConfig.Frequent(0, "word2vec"));
  }

  private SkipGram model(Backend backend, String objective) {
    SkipGram model = new SkipGram(backend, config(objective), true);
    for (int i = 0; i < V * D; i++) {
      model.parameters().get(SkipGram.INPUT).value().set(i, input[i]);
      model.parameters().get(SkipGram.OUTPUT).value().set(i, output[i]);
    }
    return model;
  }

  private double product(int word, int candidate) {
    double sum = 0;
    for (int i = 0; i < D; i++) {
      sum += input[word * D + i] * output[candidate * D + i];
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private double sampledLoss() {
    double loss = 0;
    for (int at = 0; at < CANDIDATES.length; at++) {
      double score = product(WORDS[at / PLACES], CANDIDATES[at]);
      if (CLASSES[at] == SampledPairs.NEAR) {
        loss -= WEIGHTS[at] * Math.log(sigmoid(score));
      } else if (CLASSES[at] == SampledPairs.DRAWN) {
        loss -= WEIGHTS[at] * Math.log(sigmoid(-score));
      }
    }
    return loss;
  }

  private static double difference(double[] weights, int i, DoubleSupplier loss) {
    double kept = weights[i];
    weights[i] = kept + STEP;
    double above = loss.getAsDouble();
    weights[i] = kept - STEP;
    double below = loss.getAsDouble();
    weights[i] = kept;
    return (above - below) / (2 * STEP);
  }

  private static double most(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return most;
  }

  private void compare(double[] weights, double[] gradient, DoubleSupplier loss, String name) {
    double scale = most(gradient);
    assertThat(scale).isGreaterThan(0.1);
    for (int i = 0; i < gradient.length; i++) {
      double expected = difference(weights, i, loss);
      assertThat(Math.abs(gradient[i] - expected) / scale)
          .as("%s %d: %s, difference quotient %s", name, i, gradient[i], expected)
          .isLessThan(TOLERANCE);
    }
  }

  /**
   * Tests that a step of rate 1 subtracts the gradient of the sum of the losses from the weights.
   */
  @Test
  void negativeSampling() {
    try (Backend backend = new ReferenceBackend();
        SkipGram model = model(backend, "negative");
        SampledPairs pairs = new SampledPairs(model, WORDS.length, PLACES)) {
      Tensor lossSum = backend.allocate(1);
      pairs.load(WORDS, CANDIDATES, CLASSES, WEIGHTS);
      pairs.loss(lossSum);
      assertThat(lossSum.get(0)).isCloseTo(sampledLoss(), within());
      pairs.train(lossSum);
      assertThat(lossSum.get(0)).isCloseTo(sampledLoss(), within());
      pairs.apply(1);
      double[] dInput = taken(model, SkipGram.INPUT, input);
      double[] dOutput = taken(model, SkipGram.OUTPUT, output);
      compare(input, dInput, this::sampledLoss, SkipGram.INPUT);
      compare(output, dOutput, this::sampledLoss, SkipGram.OUTPUT);
      byHand(dInput, dOutput);
      lossSum.storage().close();
    }
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-12);
  }

  private static double[] taken(SkipGram model, String name, double[] before) {
    double[] after = model.parameters().get(name).value().toArray();
    double[] taken = new double[before.length];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = before[i] - after[i];
    }
    return taken;
  }

  private void byHand(double[] dInput, double[] dOutput) {
    double[] expectedInput = new double[V * D];
    double[] expectedOutput = new double[V * D];
    for (int at = 0; at < CANDIDATES.length; at++) {
      int word = WORDS[at / PLACES];
      int candidate = CANDIDATES[at];
      double g = WEIGHTS[at] * (sigmoid(product(word, candidate)) - Math.max(0, CLASSES[at]));
      for (int i = 0; i < D; i++) {
        expectedInput[word * D + i] += g * output[candidate * D + i];
        expectedOutput[candidate * D + i] += g * input[word * D + i];
      }
    }
    for (int i = 0; i < V * D; i++) {
      assertThat(dInput[i]).isCloseTo(expectedInput[i], within());
      assertThat(dOutput[i]).isCloseTo(expectedOutput[i], within());
    }
  }

  /** A second step begins from the weights the first one left. */
  @Test
  void stepsFollowEachOther() {
    double rate = 0.3;
    try (Backend backend = new ReferenceBackend();
        SkipGram model = model(backend, "negative");
        SampledPairs pairs = new SampledPairs(model, WORDS.length, PLACES)) {
      Tensor lossSum = backend.allocate(1);
      pairs.load(WORDS, CANDIDATES, CLASSES, WEIGHTS);
      double before = Double.POSITIVE_INFINITY;
      for (int step = 0; step < 5; step++) {
        pairs.train(lossSum);
        assertThat(lossSum.get(0)).isLessThan(before);
        before = lossSum.get(0);
        pairs.apply(rate);
      }
      lossSum.storage().close();
    }
  }

  private static final int[] NEAR = {1, 4, 2, -1}; // the last is no pair

  private double softmaxLoss() {
    double loss = 0;
    for (int pair = 0; pair < 3; pair++) {
      double sum = 0;
      for (int j = 0; j < V; j++) {
        sum += Math.exp(product(WORDS[pair], j));
      }
      loss += Math.log(sum) - product(WORDS[pair], NEAR[pair]);
    }
    return loss / 3;
  }

  @Test
  void fullSoftmax() {
    try (Backend backend = new ReferenceBackend();
        SkipGram model = model(backend, "softmax");
        SoftmaxPairs pairs = new SoftmaxPairs(model, WORDS.length)) {
      Tensor lossSum = backend.allocate(1);
      pairs.load(WORDS, NEAR);
      pairs.loss(lossSum);
      assertThat(lossSum.get(0) / 3).isCloseTo(softmaxLoss(), within());
      pairs.train(3, lossSum);
      assertThat(lossSum.get(0) / 3).isCloseTo(softmaxLoss(), within());
      double[] dInput = model.parameters().get(SkipGram.INPUT).gradient().toArray();
      double[] dOutput = model.parameters().get(SkipGram.OUTPUT).gradient().toArray();
      compare(input, dInput, this::softmaxLoss, SkipGram.INPUT);
      compare(output, dOutput, this::softmaxLoss, SkipGram.OUTPUT);
      for (int i = 0; i < D; i++) { // by hand: ∂/∂v_0 of the pair (0, 4) is Σ p_j u_j - u_4
        double expected = -output[4 * D + i];
        double sum = 0;
        for (int j = 0; j < V; j++) {
          sum += Math.exp(product(0, j));
        }
        for (int j = 0; j < V; j++) {
          expected += Math.exp(product(0, j)) / sum * output[j * D + i];
        }
        assertThat(dInput[i]).isCloseTo(expected / 3, within());
      }
      lossSum.storage().close();
    }
  }
}
