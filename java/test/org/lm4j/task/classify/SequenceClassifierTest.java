package org.lm4j.task.classify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.Padding;
import org.lm4j.nn.Differences;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/** A classifier's gradients, and that nothing that fills up counts. */
class SequenceClassifierTest {
  private static final List<String> TEXTS =
      List.of("a bad bad film", "good", "a good film with a good end", "the end");
  private static final int[] CHOSEN = {2, -1, 0, 1, 3};
  private static final RandomKey KEY = new RandomKey(5, 3);
  private static final Padding TIGHT = number -> number;

  private final Backend backend = new ReferenceBackend();

  @AfterEach
  void close() {
    backend.close();
  }

  static Stream<TextClassifierConfig> configs() {
    return Stream.of("last", "mean")
        .flatMap(
            pooling ->
                Stream.of(
                    config(pooling, "lstm", 1, true, 0),
                    config(pooling, "gru", 2, true, 0.25),
                    config(pooling, "rnn", 2, false, 0.25)));
  }

  private static TextClassifierConfig config(
      String pooling, String cell, int layers, boolean both, double dropout) {
    int words = vocabulary().size();
    return new TextClassifierConfig(
        "classifier",
        words,
        3,
        new EncoderConfig(cell, 3, 4, layers, both, dropout),
        pooling,
        false,
        null);
  }

  private static Vocabulary vocabulary() {
    return TextClassifierText.vocabulary(TEXTS, 1);
  }

  private static TextClassifierText texts() {
    TextClassifierText texts = new TextClassifierText(vocabulary());
    for (int i = 0; i < TEXTS.size(); i++) {
      texts.add(TEXTS.get(i), i % 3);
    }
    return texts;
  }

  private TextClassifierNetwork classifier(TextClassifierConfig config) {
    TextClassifierNetwork classifier = new TextClassifierNetwork(backend, config, true);
    classifier.initialize(4);
    return classifier;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gradientsAgreeWithNumericDifferences(TextClassifierConfig config) {
    Tensor lossSum = backend.allocate(1);
    try (TextClassifierNetwork classifier = classifier(config);
        TextClassifierWorkspaces passes = classifier.passes(true)) {
      passes.load(texts().input(CHOSEN, KEY, TIGHT, false));
      passes.train(KEY, 4, lossSum);
      Tensor gradients = classifier.parameters().gradients();
      backend.fill(gradients, 0);
      passes.train(KEY, 4, lossSum);
      Tensor kept = backend.allocate(Math.toIntExact(gradients.size()));
      backend.copy(gradients, kept);
      for (Parameter parameter : classifier.parameters().all()) {
        Differences.check(
            parameter.name(),
            () -> {
              passes.train(KEY, 4, lossSum);
              return lossSum.get(0) / 4;
            },
            parameter.value(),
            classifier.parameters().viewIn(kept, parameter),
            1e-4);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void morePaddingChangesNothing(TextClassifierConfig config) {
    assertThat(results(config, number -> number + 5)).isEqualTo(results(config, TIGHT));
  }

  /** Loss, gradients, scores. */
  private List<double[]> padded(TextClassifierConfig config, Padding padding) {
    Tensor lossSum = backend.allocate(1);
    try (TextClassifierNetwork classifier = classifier(config);
        TextClassifierWorkspaces training = classifier.passes(true);
        TextClassifierWorkspaces passes = classifier.passes(false)) {
      training.load(texts().input(CHOSEN, KEY, padding, false));
      training.train(KEY, 4, lossSum);
      passes.load(texts().input(CHOSEN, null, padding, false));
      return List.of(
          lossSum.toArray(),
          classifier.parameters().gradients().toArray(),
          passes.scores().toArray());
    }
  }

  private double[] results(TextClassifierConfig config, Padding padding) {
    return padded(config, padding).stream().flatMapToDouble(java.util.Arrays::stream).toArray();
  }

  /** Loss and gradients of a step, dropout included. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void otherBackendsComputeTheSame(String name) {
    TextClassifierConfig config = config("mean", "lstm", 2, true, 0.25);
    Map<String, double[]> expected = step(backend, config);
    try (Backend other = name.equals("cpu") ? new CpuBackend(null, 2) : CudaOnFakes.open()) {
      BackendAgreement.assertSame(step(other, config), expected);
    }
  }

  private static Map<String, double[]> step(Backend on, TextClassifierConfig config) {
    Tensor lossSum = on.allocate(1);
    try (TextClassifierNetwork classifier = new TextClassifierNetwork(on, config, true);
        TextClassifierWorkspaces passes = classifier.passes(true)) {
      classifier.initialize(4);
      passes.load(texts().input(CHOSEN, KEY, Padding.USUAL, false));
      passes.train(KEY, 4, lossSum);
      return BackendAgreement.lossAndGradients(on, lossSum, classifier);
    } finally {
      lossSum.storage().close();
    }
  }

  @Test
  void wordsSeenOnceAreUnknownNowAndThen() {
    int hidden = 0;
    TextClassifierText texts = texts();
    int[] whole = texts.input(CHOSEN, null, TIGHT, false).words;
    for (int step = 0; step < 100; step++) {
      int[] words = texts.input(CHOSEN, new RandomKey(1, step), TIGHT, false).words;
      for (int at = 0; at < words.length; at++) {
        boolean once = at == 3 * 5 || at == 4; // with, the
        assertThat(once || words[at] == whole[at]).isTrue();
        hidden += words[at] == whole[at] ? 0 : 1;
      }
    }
    assertThat(hidden).isBetween(70, 130); // of 200, half
  }
}
