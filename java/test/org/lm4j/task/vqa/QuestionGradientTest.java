package org.lm4j.task.vqa;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.HostCopies;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/** The gradient of whole models that answer questions against central differences in float64. */
class QuestionGradientTest {
  private static final int ROWS = 3;
  private static final int WORDS = 4;
  private static final int VOCABULARY = 6;
  private static final int ANSWERS = 5;
  private static final int FEATURES = 4;
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-7;
  private static final RandomKey KEY = new RandomKey(42, 3);

  /** On a grid of two rows, or without one. */
  private static VqaConfig config(String cell, int columns, int hops, double dropout) {
    int rows = columns == 0 ? 0 : 2;
    return new VqaConfig(
        "vqa",
        new VqaConfig.Image(rows, columns, FEATURES),
        VOCABULARY,
        ANSWERS,
        new VqaConfig.Shape(new VqaConfig.Reader(cell, 3, 5), 4, 3, hops, 6, dropout));
  }

  static Stream<VqaConfig> configs() {
    return Stream.of(
        config("lstm", 2, 2, 0),
        config("lstm", 2, 3, 0.3),
        config("gru", 2, 1, 0),
        config("rnn", 3, 2, 0),
        config("lstm", 0, 2, 0.2));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gradientsAgreeWithNumericDifferences(VqaConfig config) {
    try (Backend backend = new ReferenceBackend();
        VqaNetwork model = new VqaNetwork(backend, config, true);
        VqaBatch batch = model.batch(ROWS, true)) {
      model.initialize(5);
      Tensor loss = backend.allocate(1);
      // A longer batch before, so that what is left of it would show.
      batch.prepare(WORDS + 1);
      batch.load(questions(WORDS + 1), images(backend, config, 1), answers());
      batch.train(KEY, loss);
      batch.prepare(WORDS);
      batch.load(questions(WORDS), images(backend, config, 2), answers());
      backend.fill(model.parameters().gradients(), 0);
      batch.train(KEY, loss);
      double[] analytic = model.parameters().gradients().toArray();
      Random choice = new Random(11);
      for (Parameter parameter : model.parameters().all()) {
        Tensor value = parameter.value();
        long first = value.offset() - model.parameters().values().offset();
        for (int draw = 0; draw < 12; draw++) {
          long i = choice.nextLong(value.size());
          double own = analytic[(int) (first + i)];
          double numeric = numeric(batch, loss, value, i);
          assertThat(Math.abs(own - numeric))
              .as("%s[%d]: analytic %.12g, numeric %.12g", parameter.name(), i, own, numeric)
              .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(own) + Math.abs(numeric), 0.01));
        }
      }
      loss.storage().close();
    }
  }

  /** Five-point central difference: its error is of order h⁴. */
  private static double numeric(VqaBatch batch, Tensor loss, Tensor value, long i) {
    double kept = value.get(i);
    double[] losses = new double[4];
    double[] shifts = {2 * STEP, STEP, -STEP, -2 * STEP};
    for (int k = 0; k < shifts.length; k++) {
      value.set(i, kept + shifts[k]);
      batch.train(KEY, loss);
      losses[k] = loss.get(0) / ROWS;
    }
    value.set(i, kept);
    return (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / (12 * STEP);
  }

  /** Returns questions of different lengths, the longest of {@code words} words. */
  private static int[][] questions(int words) {
    Random random = new Random(words);
    return IntStream.range(0, ROWS)
        .mapToObj(b -> random.ints(words - b, 0, VOCABULARY).toArray())
        .toArray(int[][]::new);
  }

  private static int[] answers() {
    return new int[] {4, 0, 2};
  }

  private static Tensor images(Backend backend, VqaConfig config, long seed) {
    Random random = new Random(seed);
    Tensor images = backend.allocate(ROWS, config.cells(), config.image().features());
    for (int i = 0; i < images.size(); i++) {
      images.set(i, random.nextGaussian());
    }
    return images;
  }

  /** Loss and gradients of two steps of one shape, dropout included. */
  private static double[] steps(Backend backend, VqaConfig config) {
    try (VqaNetwork model = new VqaNetwork(backend, config, true);
        VqaBatch batch = model.batch(ROWS, true);
        Backend host = new ReferenceBackend();
        HostCopies copies = new HostCopies(backend)) {
      model.initialize(5);
      Tensor loss = backend.allocate(1);
      DoubleStream losses = DoubleStream.empty();
      batch.prepare(WORDS);
      for (int step = 0; step < 2; step++) {
        Tensor images = images(host, config, step);
        batch.load(questions(WORDS), images, answers());
        RandomKey key = new RandomKey(42, step);
        backend.step(() -> batch.train(key, loss));
        losses = DoubleStream.concat(losses, DoubleStream.of(copies.of(loss).get(0)));
        images.storage().close();
      }
      loss.storage().close();
      return DoubleStream.concat(losses, BackendAgreement.gradients(copies, model)).toArray();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyBackendComputesTheSame() {
    return BackendAgreement.tests(QuestionGradientTest::steps, configs());
  }

  @Test
  void whatFollowsTheEndOfAQuestionDoesNotCount() {
    VqaConfig config = config("lstm", 2, 2, 0);
    try (Backend backend = new ReferenceBackend();
        VqaNetwork model = new VqaNetwork(backend, config, true);
        VqaBatch batch = model.batch(ROWS, true)) {
      model.initialize(5);
      Tensor loss = backend.allocate(1);
      Tensor images = images(backend, config, 2);
      batch.prepare(WORDS);
      batch.load(questions(WORDS), images, answers());
      batch.train(KEY, loss);
      double whole = loss.get(0);
      double[] gradients = model.parameters().gradients().toArray();
      backend.fill(model.parameters().gradients(), 0);
      batch.prepare(WORDS + 3);
      batch.load(questions(WORDS), images, answers());
      batch.train(KEY, loss);
      assertThat(loss.get(0)).isEqualTo(whole);
      assertThat(model.parameters().gradients().toArray()).isEqualTo(gradients);
      loss.storage().close();
    }
  }

  @Test
  void withoutGradientsTheSameIsComputed() {
    VqaConfig config = config("gru", 2, 3, 0);
    try (Backend backend = new ReferenceBackend();
        VqaNetwork model = new VqaNetwork(backend, config, true);
        VqaBatch batch = model.batch(ROWS, true);
        VqaBatch asked = model.batch(ROWS, false)) {
      model.initialize(5);
      Tensor images = images(backend, config, 2);
      for (VqaBatch each : new VqaBatch[] {batch, asked}) {
        each.prepare(WORDS);
        each.load(questions(WORDS), images, answers());
      }
      assertThat(asked.scores().toArray()).isEqualTo(batch.scores().toArray());
      assertThat(asked.losses().toArray()).isEqualTo(batch.losses().toArray());
      for (int k = 0; k < config.shape().hops(); k++) {
        assertThat(asked.look(k).toArray()).isEqualTo(batch.look(k).toArray());
      }
      assertThat(asked.look(0).toArray()).isNotEqualTo(asked.look(1).toArray());
    }
  }
}
