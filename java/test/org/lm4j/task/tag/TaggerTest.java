package org.lm4j.task.tag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.Padding;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.Differences;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/** A tagger's gradients, and that nothing that fills up counts. */
class TaggerTest {
  private static final RandomKey KEY = new RandomKey(5, 3);
  private static final double STEP = 1e-4;
  private static final int[] CHOSEN = {0, 1, -1, 2};
  private static final Padding TIGHT = number -> number;

  @TempDir Path folder;
  private final Backend backend = new ReferenceBackend();

  @AfterEach
  void close() {
    backend.close();
  }

  private static ConllSentence sentence(String... rows) {
    List<List<String>> cells = Arrays.stream(rows).map(row -> List.of(row.split(" ", -1))).toList();
    return new ConllSentence(cells, "x", 1);
  }

  private static List<ConllSentence> sentences() {
    return List.of(
        sentence("the D x A", "cat N x B", "internationalised V y A", "a D x A"),
        sentence("the D x A", "hippopotamus N y C"),
        sentence("a D x B", "internationalised V x A", "cat N y C", "cat N y A", "ox N x A"));
  }

  private static TaggerConfig config(
      TaggerVocabulary vocabulary, int features, int characters, int layers, boolean both) {
    return new TaggerConfig(
        "tagger",
        new TaggerConfig.Sizes(
            vocabulary.words().size(),
            vocabulary.characters().size(),
            vocabulary.tags().size(),
            IntList.write(vocabulary.features().stream().map(values -> values.size()).toList())),
        new TaggerConfig.ColumnNumbers(
            1, ConllColumns.LAST, features == 0 ? "" : features == 1 ? "2" : "2,3"),
        new EncoderConfig("lstm", 3, 4, layers, both, 0.25),
        new TaggerConfig.Widths(2, characters, 2),
        false);
  }

  private static ConllColumns columns(int features) {
    return new ConllColumns(1, ConllColumns.LAST, List.of(2, 3).subList(0, features));
  }

  /** A tagger, its text, and a batch. */
  private final class Run implements AutoCloseable {
    private final TaggerNetwork tagger;
    private final TaggerText text;
    private final TaggerWorkspaces passes;
    private final Backend backend;
    private final Tensor lossSum;

    Run(int features, int characters, int layers, boolean both) {
      this(TaggerTest.this.backend, features, characters, layers, both);
    }

    Run(Backend backend, int features, int characters, int layers, boolean both) {
      this.backend = backend;
      this.lossSum = backend.allocate(1);
      ConllColumns columns = columns(features);
      TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences(), columns, 1);
      text = new TaggerText(vocabulary);
      sentences().forEach(sentence -> text.add(sentence, columns, true));
      tagger =
          new TaggerNetwork(backend, config(vocabulary, features, characters, layers, both), true);
      tagger.initialize(2);
      passes = tagger.passes(true);
    }

    double loss() {
      passes.train(KEY, 11, lossSum);
      return lossSum.get(0) / 11;
    }

    Tensor gradients() {
      assertThat(loss()).isFinite(); // nothing of a step before is left in the next
      backend.fill(tagger.parameters().gradients(), 0);
      assertThat(loss()).isFinite();
      Tensor copy = backend.allocate(Math.toIntExact(tagger.parameters().values().size()));
      backend.copy(tagger.parameters().gradients(), copy);
      return copy;
    }

    @Override
    public void close() {
      passes.close();
      tagger.close();
    }
  }

  static Stream<List<Integer>> shapes() {
    return Stream.of(
        List.of(0, 0, 1, 0), // features, characters, layers, both directions
        List.of(1, 3, 1, 0),
        List.of(2, 3, 2, 1),
        List.of(0, 3, 1, 1));
  }

  private Run run(List<Integer> shape) {
    return new Run(shape.get(0), shape.get(1), shape.get(2), shape.get(3) == 1);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsAgreeWithNumericDifferences(List<Integer> shape) {
    try (Run run = run(shape)) {
      run.passes.load(run.text.input(CHOSEN, KEY, TIGHT));
      Tensor gradients = run.gradients();
      DoubleSupplier loss = run::loss;
      for (Parameter parameter : run.tagger.parameters().all()) {
        Tensor own = run.tagger.parameters().viewIn(gradients, parameter);
        Differences.check(parameter.name(), loss, parameter.value(), own, STEP);
      }
    }
  }

  /** More steps, more rows of words and more steps of characters. */
  @ParameterizedTest
  @MethodSource("shapes")
  void morePaddingChangesNothing(List<Integer> shape) {
    try (Run tight = run(shape);
        Run padded = run(shape)) {
      tight.passes.load(tight.text.input(CHOSEN, KEY, TIGHT));
      padded.passes.load(padded.text.input(CHOSEN, KEY, number -> number + 3));
      assertThat(padded.gradients().toArray()).isEqualTo(tight.gradients().toArray());
      assertThat(padded.lossSum.get(0)).isEqualTo(tight.lossSum.get(0));
      double[] scores = scores(tight, TIGHT);
      assertThat(scores(padded, number -> number + 3)).hasSize(11 * 3).isEqualTo(scores);
    }
  }

  /** Returns the scores of the tokens, from the first sentence on. */
  private static double[] scores(Run run, Padding padding) {
    List<Double> valid = new ArrayList<>();
    try (TaggerWorkspaces passes = run.tagger.passes(false)) {
      passes.load(run.text.input(CHOSEN, null, padding));
      Tensor scores = passes.scores();
      int tags = scores.shape().dim(2);
      for (int b = 0; b < CHOSEN.length; b++) {
        for (int t = 0; CHOSEN[b] >= 0 && t < run.text.length(CHOSEN[b]); t++) {
          for (int c = 0; c < tags; c++) {
            valid.add(scores.get(((long) t * CHOSEN.length + b) * tags + c));
          }
        }
      }
    }
    return valid.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Loss and gradients of a step, dropout included. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void otherBackendsComputeTheSame(String name) {
    Map<String, double[]> expected = step(backend);
    try (Backend other = name.equals("cpu") ? new CpuBackend(null, 2) : CudaOnFakes.open()) {
      BackendAgreement.assertSame(step(other), expected);
    }
  }

  private Map<String, double[]> step(Backend on) {
    try (Run run = new Run(on, 2, 3, 2, true)) {
      run.passes.load(run.text.input(CHOSEN, KEY, Padding.USUAL));
      run.passes.train(KEY, 11, run.lossSum);
      Map<String, double[]> results =
          BackendAgreement.lossAndGradients(on, run.lossSum, run.tagger);
      run.lossSum.storage().close();
      return results;
    }
  }

  @Test
  void frozenWordsAreNotLearned() {
    TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences(), columns(0), 1);
    TaggerText text = new TaggerText(vocabulary);
    sentences().forEach(sentence -> text.add(sentence, columns(0), true));
    TaggerConfig like = config(vocabulary, 0, 3, 1, true);
    TaggerConfig frozen =
        new TaggerConfig(
            like.kind(),
            new TaggerConfig.Sizes(
                like.sizes().words(), like.sizes().characters(), like.sizes().tags(), ""),
            new TaggerConfig.ColumnNumbers(1, 0, ""),
            new EncoderConfig(
                like.encoder().cell(),
                like.encoder().embedding(),
                like.encoder().hidden(),
                like.encoder().layers(),
                true,
                0),
            new TaggerConfig.Widths(
                like.widths().characterEmbedding(),
                like.widths().characterHidden(),
                like.widths().featureEmbedding()),
            true);
    try (TaggerNetwork tagger = new TaggerNetwork(backend, frozen, true);
        TaggerWorkspaces passes = tagger.passes(true)) {
      tagger.initialize(2);
      passes.load(text.input(CHOSEN, KEY, TIGHT));
      passes.train(KEY, 11, backend.allocate(1));
      for (Parameter parameter : tagger.parameters().all()) {
        double[] gradient = parameter.gradient().toArray();
        boolean zero = Arrays.stream(gradient).allMatch(value -> value == 0);
        assertThat(zero)
            .as(parameter.name())
            .isEqualTo(parameter.name().equals(TaggerNetwork.WORDS));
      }
    }
  }

  @Test
  void onlyWordsSeenOnceAreUnknownNowAndThen() {
    try (Run run = new Run(0, 0, 1, false)) {
      int hidden = 0;
      int[] whole = run.text.input(CHOSEN, null, TIGHT).words;
      for (int step = 0; step < 200; step++) {
        RandomKey key = new RandomKey(1, step);
        int[] words = run.text.input(CHOSEN, key, TIGHT).words;
        assertThat(run.text.input(CHOSEN, key, TIGHT).words).isEqualTo(words);
        for (int at = 0; at < words.length; at++) {
          boolean once = at == 4 + 1 || at == 4 * 4 + 3; // hippopotamus, ox
          if (!once) {
            assertThat(words[at]).isEqualTo(whole[at]);
          }
          hidden += words[at] != whole[at] ? 1 : 0;
        }
      }
      assertThat(hidden).isBetween(150, 250); // of 400, half
    }
  }

  @Test
  void aWordStandsOnceInABatchAndLongOnesByTheirEnds() {
    TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences(), columns(0), 1);
    TaggerText text = new TaggerText(vocabulary);
    String longest = "a".repeat(40) + "t".repeat(40);
    text.add(List.of("cat", "ox", "cat", longest, "internationalised", "zz"));
    TaggerInput input = text.input(new int[] {0}, null, TIGHT);
    assertThat(input.groups).hasSize(2);
    assertThat(input.groups.get(0).lengths).containsExactly(3, 2, 2);
    assertThat(input.groups.get(1).lengths).containsExactly(32, 17);
    assertThat(input.rows).containsExactly(0, 1, 0, 3, 4, 2);
    int a = vocabulary.characters().id("a");
    int t = vocabulary.characters().id("t");
    for (int c = 0; c < 32; c++) {
      assertThat(input.groups.get(1).characters[c * 2]).isEqualTo(c < 16 ? a : t);
    }
    assertThat(input.groups.get(0).characters[2]).as("z").isZero();
    assertThat(input.words[3]).as("unknown").isZero();
  }

  @Test
  void tooManyWeightsAreRefusedBeforeMemoryIsTaken() {
    TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences(), columns(0), 1);
    TaggerConfig like = config(vocabulary, 0, 3, 1, true);
    assertThatThrownBy(
            () ->
                new TaggerConfig(
                    like.kind(),
                    new TaggerConfig.Sizes(
                        like.sizes().words(), like.sizes().characters(), like.sizes().tags(), ""),
                    new TaggerConfig.ColumnNumbers(1, 0, ""),
                    new EncoderConfig(like.encoder().cell(), 1, 1 << 14, 64, true, 0),
                    new TaggerConfig.Widths(1, 1, 1),
                    false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("the model would have [\\d,]+ weights, more than 1,073,741,823; .*");
  }

  /** The count that the limit goes by is that of the model. */
  @ParameterizedTest
  @MethodSource("shapes")
  void weightsOfEncodersAreCountedCorrectly(List<Integer> shape) {
    try (Run run = run(shape)) {
      double counted =
          run.tagger.parameters().all().stream()
              .filter(parameter -> parameter.name().startsWith("encoder."))
              .mapToDouble(parameter -> parameter.value().size())
              .sum();
      assertThat(WeightLimit.of(run.tagger.config().sentenceReader())).isEqualTo(counted);
    }
  }

  @Test
  void whatIsSavedIsReadAgain() {
    TaggerVocabulary vocabulary = TaggerVocabulary.build(sentences(), columns(2), 2);
    assertThat(vocabulary.words().tokens())
        .containsExactly("<unk>", "cat", "a", "internationalised", "the");
    assertThat(vocabulary.features().get(0).tokens()).containsExactly("<unk>", "N", "D", "V");
    assertThat(vocabulary.tags()).containsExactly("A", "B", "C");
    ModelFiles files = new ModelFiles(folder, ModelKind.TAGGER);
    TaggerConfig config = config(vocabulary, 2, 3, 1, true);
    files.saveConfig(config);
    vocabulary.save(files);
    TaggerVocabulary read = TaggerVocabulary.read(files, files.config(TaggerConfig.class));
    assertThat(read.words().tokens()).isEqualTo(vocabulary.words().tokens());
    assertThat(read.characters().tokens()).isEqualTo(vocabulary.characters().tokens());
    assertThat(read.features().get(1).tokens()).isEqualTo(vocabulary.features().get(1).tokens());
    assertThat(read.tags()).isEqualTo(vocabulary.tags());
  }
}
