package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.HostCopies;
import org.lm4j.tensor.Tensor;

/** Dropout of recurrent weights; its gradients are in {@link ModelGradientTest}. */
class WeightDropoutTest {
  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int VOCABULARY = 7;
  private static final int HIDDEN = 19;
  private static final RandomKey KEY = new RandomKey(42, 3);

  private static LanguageModelConfig config(Cell cell, double p) {
    return new LanguageModelConfig(
        cell, VOCABULARY, 5, HIDDEN, 2, new DropoutRates(0, 0, p), false);
  }

  private static int[] tokens(long seed) {
    return new Random(seed).ints(STEPS * BATCH, 0, VOCABULARY).toArray();
  }

  /** Losses of one window of training and of one of evaluation, then all gradients. */
  private static double[] run(Backend backend, LanguageModelConfig config, RandomKey key) {
    try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
        Window training = model.window(STEPS, BATCH, true);
        Window evaluation = model.window(STEPS, BATCH, false);
        CarriedState state = model.newState(BATCH);
        HostCopies copies = new HostCopies(backend)) {
      model.initialize(new Initialization(0.7, 1), 5);
      for (Window window : new Window[] {training, evaluation}) {
        window.load(tokens(1), tokens(2));
      }
      backend.step(() -> training.train(state, key, STEPS * BATCH));
      evaluation.evaluate(state);
      DoubleStream losses =
          Stream.of(training, evaluation)
              .flatMapToDouble(window -> DoubleStream.of(copies.of(window.losses()).toArray()));
      return DoubleStream.concat(losses, BackendAgreement.gradients(copies, model)).toArray();
    }
  }

  private static double[] training(double[] run) {
    return Arrays.copyOf(run, STEPS * BATCH);
  }

  private static double[] evaluation(double[] run) {
    return Arrays.copyOfRange(run, STEPS * BATCH, 2 * STEPS * BATCH);
  }

  @TestFactory
  Stream<DynamicTest> everyBackendComputesTheSame() {
    return BackendAgreement.tests(
        (backend, config) -> run(backend, config, KEY),
        Arrays.stream(Cell.values())
            .filter(Cell::hasRecurrentWeights)
            .flatMap(
                cell ->
                    Stream.of(
                        config(cell, 0.4),
                        config(cell, 0.4).withRates(new DropoutRates(0.3, 0.2, 0.4)))));
  }

  @Test
  void onlyTrainingDropsAndEachKeyDropsOtherWeights() {
    try (Backend backend = new ReferenceBackend()) {
      double[] plain = run(backend, config(Cell.LSTM, 0), KEY);
      double[] once = run(backend, config(Cell.LSTM, 0.4), KEY);
      double[] again = run(backend, config(Cell.LSTM, 0.4), KEY);
      double[] other = run(backend, config(Cell.LSTM, 0.4), new RandomKey(42, 4));
      assertThat(evaluation(once)).isEqualTo(evaluation(plain));
      assertThat(training(once)).isEqualTo(training(again)).isNotEqualTo(training(plain));
      assertThat(training(other)).isNotEqualTo(training(once));
    }
  }

  /** A weight that is dropped for the whole window has no gradient; no other weight is. */
  @Test
  void whatIsDroppedHasNoGradient() {
    double p = 0.4;
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = new LanguageModelNetwork(backend, config(Cell.GRU, p), true);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH)) {
      model.initialize(new Initialization(0.7, 1), 5);
      window.load(tokens(1), tokens(2));
      window.train(state, KEY, STEPS * BATCH);
      for (int layer = 0; layer < 2; layer++) {
        assertThat(zeros(model, "rnn.weight_hh_l" + layer)).isCloseTo(p, within(0.05));
        assertThat(zeros(model, "rnn.weight_ih_l" + layer)).isZero();
      }
    }
  }

  private static double zeros(LanguageModelNetwork model, String name) {
    Tensor gradient = model.parameters().get(name).gradient();
    return Arrays.stream(gradient.toArray()).filter(g -> g == 0).count() / (double) gradient.size();
  }
}
