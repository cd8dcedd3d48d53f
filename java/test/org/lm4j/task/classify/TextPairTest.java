package org.lm4j.task.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
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

/** A classifier of pairs of texts: its features, its gradients, its padding, its backends. */
@Tag("slow")
class TextPairTest {
  private static final List<String> PAIRS =
      List.of("a bad film\tno", "good\tvery good", "a good film with a good end\tend", "the\t");
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
        new EncoderConfig(cell, 3, 5, layers, both, dropout),
        pooling,
        false,
        true);
  }

  private static Vocabulary vocabulary() {
    return TextClassifierText.vocabulary(PAIRS, 1);
  }

  private static TextClassifierText texts() {
    TextClassifierText texts = new TextClassifierText(vocabulary());
    for (int i = 0; i < PAIRS.size(); i++) {
      texts.add(PAIRS.get(i), i % 3);
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
      passes.load(texts().input(CHOSEN, KEY, TIGHT, true));
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
            1e-5);
      }
    }
  }

  @Test
  void bothTextsOfABatchHaveTheirOwnColumns() {
    TextClassifierText.Input input = texts().input(new int[] {0, 1}, null, TIGHT, true);
    Vocabulary v = vocabulary();
    assertThat(input.steps).isEqualTo(3);
    assertThat(input.lengths).containsExactly(3, 1, 1, 2);
    assertThat(input.targets).containsExactly(0, 1);
    assertThat(input.words)
        .containsExactly(
            v.id("a"),
            v.id("good"),
            v.id("no"),
            v.id("very"),
            v.id("bad"),
            0,
            0,
            v.id("good"),
            v.id("film"),
            0,
            0,
            0);
    TextClassifierText.Input single = texts().input(new int[] {0, 1}, null, TIGHT, false);
    assertThat(single.lengths).containsExactly(4, 3);
  }

  @Test
  void eachTextOfAPairIsReadUpToTheLimitAndASingleTextWithATabAsBefore() {
    int most = TextClassifierText.MOST_WORDS;
    TextClassifierText texts = new TextClassifierText(vocabulary());
    texts.add("good ".repeat(most + 5) + "\t" + "bad ".repeat(most + 7), 0);
    texts.add("good ".repeat(3) + "\t" + "bad ".repeat(most), 0);
    assertThat(texts.input(new int[] {0, 1}, null, TIGHT, true).lengths)
        .containsExactly(most, 3, most, most);
    TextClassifierText.Input single = texts.input(new int[] {0, 1}, null, TIGHT, false);
    assertThat(single.lengths).containsExactly(most, most);
    assertThat(texts.length(1)).isEqualTo(most);
  }

  /** Tests the features of a pair, by output weights that pick one feature each. */
  @Test
  void theFeaturesAreBothTextsTheirDistanceAndTheirProduct() {
    int width = 2;
    TextClassifierConfig config =
        new TextClassifierConfig(
            "classifier",
            vocabulary().size(),
            8,
            new EncoderConfig("rnn", 3, 2, 1, false, 0),
            "last",
            false,
            true);
    try (TextClassifierNetwork classifier = classifier(config);
        TextClassifierWorkspaces passes = classifier.passes(false)) {
      Tensor weight = classifier.parameters().get("output.weight").value();
      assertThat(weight.shape().dims()).containsExactly(8, 4 * width);
      backend.fill(weight, 0);
      backend.fill(classifier.parameters().get("output.bias").value(), 0);
      for (int i = 0; i < 8; i++) {
        weight.set(9L * i, 1);
      }
      passes.load(texts().input(new int[] {1, 0}, null, TIGHT, true));
      double[] scores = passes.scores().toArray();
      TextClassifierText halves = new TextClassifierText(vocabulary());
      List.of("good\tgood", "very good\tvery good").forEach(halves::add);
      passes.load(halves.input(new int[] {0, 1}, null, TIGHT, true));
      double[] alone = passes.scores().toArray();
      for (int j = 0; j < width; j++) {
        double u = alone[j];
        double v = alone[8 + j];
        assertThat(scores[j]).isEqualTo(u);
        assertThat(scores[2 + j]).isEqualTo(v);
        assertThat(scores[4 + j]).isCloseTo(Math.abs(u - v), within(1e-15)).isNotZero();
        assertThat(scores[6 + j]).isCloseTo(u * v, within(1e-15));
        assertThat(alone[4 + j]).isZero();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void morePaddingChangesNothing(TextClassifierConfig config) {
    assertThat(results(config, number -> number + 5)).isEqualTo(results(config, TIGHT));
  }

  private double[] results(TextClassifierConfig config, Padding padding) {
    Tensor lossSum = backend.allocate(1);
    try (TextClassifierNetwork classifier = classifier(config);
        TextClassifierWorkspaces training = classifier.passes(true);
        TextClassifierWorkspaces passes = classifier.passes(false)) {
      training.load(texts().input(CHOSEN, null, padding, true));
      training.train(KEY, 4, lossSum);
      passes.load(texts().input(CHOSEN, null, padding, true));
      return Stream.of(
              lossSum.toArray(),
              classifier.parameters().gradients().toArray(),
              passes.scores().toArray())
          .flatMapToDouble(Arrays::stream)
          .toArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void otherBackendsComputeTheSame(String name) {
    for (TextClassifierConfig config :
        List.of(config("mean", "lstm", 2, true, 0.25), config("last", "gru", 1, false, 0))) {
      Map<String, double[]> expected = step(backend, config);
      try (Backend other = name.equals("cpu") ? new CpuBackend(null, 2) : CudaOnFakes.open()) {
        BackendAgreement.assertSame(step(other, config), expected);
      }
    }
  }

  private static Map<String, double[]> step(Backend on, TextClassifierConfig config) {
    Tensor lossSum = on.allocate(1);
    try (TextClassifierNetwork classifier = new TextClassifierNetwork(on, config, true);
        TextClassifierWorkspaces passes = classifier.passes(true)) {
      classifier.initialize(4);
      passes.load(texts(), CHOSEN, KEY);
      passes.train(KEY, 4, lossSum);
      return BackendAgreement.lossAndGradients(on, lossSum, classifier);
    } finally {
      lossSum.storage().close();
    }
  }
}
