package org.lm4j.task.lm.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;

/** Temperature, caches and dynamic evaluation against PyTorch in float64. */
class AdaptedModelTest {
  private static final int SEGMENT = 5;
  private static final Adaptation.UnigramCacheSettings UNIGRAM =
      new Adaptation.UnigramCacheSettings(7, 0.3);
  private static final Adaptation.NeuralCacheSettings NEURAL =
      new Adaptation.NeuralCacheSettings(9, 0.7, 0.2);

  private static Adaptation by(String rule) {
    return Adaptation.NONE.withDynamic(
        switch (rule) {
          case "rms" -> new Adaptation.Dynamic(Adaptation.Rule.RMS, 0.01, 0.05, 0.002, SEGMENT);
          case "rms-clipped" ->
              new Adaptation.Dynamic(Adaptation.Rule.RMS, 0.01, 0.6, 0.002, SEGMENT);
          case "sgd" -> new Adaptation.Dynamic(Adaptation.Rule.SGD, 0.5, 0.03, 0, SEGMENT);
          default -> null;
        });
  }

  private static Adaptation all(String rule) {
    return by(rule)
        .withTemperature(1.3)
        .withUnigramCache(new Adaptation.UnigramCacheSettings(7, 0.1))
        .withNeuralCache(NEURAL);
  }

  @ParameterizedTest
  @CsvSource({
    "reference, static, 1e-9",
    "reference, rms, 1e-9",
    "reference, rms-clipped, 1e-9",
    "reference, sgd, 1e-9",
    "cpu, static, 1e-4",
    "cpu, rms, 1e-4",
    "cpu, rms-clipped, 1e-4",
    "cpu, sgd, 1e-4"
  })
  void agreesWithPyTorch(String device, String rule, double tolerance) throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open(device)) {
      check(fixture, rule, by(rule), tolerance);
      check(fixture, rule + ".temperature", by(rule).withTemperature(1.3), tolerance);
      check(fixture, rule + ".unigram", by(rule).withUnigramCache(UNIGRAM), tolerance);
      check(fixture, rule + ".neural", by(rule).withNeuralCache(NEURAL), tolerance);
      check(fixture, rule + ".all", all(rule), tolerance);
    }
  }

  private static void check(
      AdaptedFixture fixture, String name, Adaptation adaptation, double tolerance) {
    try (AdaptedModel model = fixture.adapted(adaptation);
        TokenFile text = AdaptedFixture.tokens(fixture.ids("ids"))) {
      assertThat(AdaptedFixture.losses(model, text))
          .as(name)
          .containsExactly(fixture.expected(name), within(tolerance));
    }
  }

  /** Every distribution adds up to 1, has PyTorch's entropy, and gives the target its loss. */
  @ParameterizedTest
  @CsvSource({"static", "rms", "sgd"})
  void distributionsAreWhole(String rule) throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        AdaptedModel model = fixture.adapted(all(rule));
        Reader reader = model.reader(10, true)) {
      int[] ids = fixture.ids("ids");
      double[] entropies = new double[ids.length - 1];
      double[] losses = new double[ids.length - 1];
      reader.read(
          ids,
          ids.length - 1,
          1,
          (index, chunk, row) -> {
            losses[index - 1] = Reader.loss(chunk, row);
            double[] logs = chunk.logDistribution(row);
            assertThat(Arrays.stream(logs).map(Math::exp).sum()).isCloseTo(1, within(1e-12));
            assertThat(-logs[ids[index]]).isCloseTo(losses[index - 1], within(1e-12));
            entropies[index - 1] = -Arrays.stream(logs).map(log -> Math.exp(log) * log).sum();
          });
      assertThat(losses).containsExactly(fixture.expected(rule + ".all"), within(1e-9));
      assertThat(entropies).containsExactly(fixture.expected(rule + ".entropy"), within(1e-9));
    }
  }

  @ParameterizedTest
  @CsvSource({"reference", "cpu"})
  void theModelStaysAsItWas(String device) throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open(device);
        AdaptedModel model = fixture.adapted(all("rms"));
        TokenFile text = AdaptedFixture.tokens(fixture.ids("ids"))) {
      LanguageModel inner = (LanguageModel) model.main();
      double[] before = inner.network().parameters().values().toArray();
      double[] once = AdaptedFixture.losses(model, text);
      assertThat(inner.network().parameters().values().toArray()).isEqualTo(before);
      assertThat(AdaptedFixture.losses(model, text)).as("learns anew").isEqualTo(once);
    }
  }

  /** Lines whose state is carried are the stream; what is learnt from a line serves the next. */
  @Test
  void carriedLinesAreTheStream() throws Exception {
    int[] lengths = {4, 7, 1, 9};
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        AdaptedModel model = fixture.adapted(all("static"))) {
      int[] ids = fixture.ids("ids");
      List<Integer> stream = new ArrayList<>();
      List<String> lines = new ArrayList<>();
      int at = 0;
      for (int length : lengths) {
        int from = at;
        at += length;
        IntStream.range(from, at).forEach(i -> stream.add(ids[i]));
        stream.add(AdaptedFixture.WORDS.lineEnd());
        lines.add(
            IntStream.range(from, at)
                .mapToObj(i -> AdaptedFixture.WORDS.token(ids[i]))
                .collect(Collectors.joining(" ")));
      }
      double[] expected;
      try (TokenFile text =
          AdaptedFixture.tokens(stream.stream().mapToInt(Integer::intValue).toArray())) {
        expected = AdaptedFixture.losses(model, text);
      }
      LineScoring carried = LineScoring.defaults().withBegin(false).withEnd().carried();
      for (LineScoring options : List.of(carried, carried.withPredictions(2))) {
        try (LineScorer scorer = model.lineScorer(options)) {
          List<Double> nats = new ArrayList<>();
          scorer.score(lines).stream()
              .flatMap(line -> line.tokens().stream())
              .filter(LineScore.Token::scored)
              .forEach(token -> nats.add(token.nats()));
          assertThat(nats.stream().mapToDouble(Double::doubleValue).toArray())
              .containsExactly(expected, within(1e-12));
        }
      }
    }
  }

  /** Each line is scored before it is learnt from: the first as without, the second differently. */
  @Test
  void linesAreLearntFromInTheirOrder() throws Exception {
    List<String> lines = List.of("w1 w2 w3 w4", "w1 w2", "w1 w2 w3 w4");
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        LanguageModel plain = fixture.model();
        AdaptedModel model = fixture.adapted(by("rms"))) {
      List<Double> static_ = totals(plain, lines);
      List<Double> adapted = totals(model, lines);
      assertThat(adapted.getFirst()).isCloseTo(static_.getFirst(), within(1e-12));
      assertThat(static_.get(2)).isCloseTo(static_.get(0), within(1e-12));
      assertThat(adapted.get(2)).isLessThan(adapted.get(0) - 0.01);
      assertThat(totals(model, lines)).as("anew for each scorer").isEqualTo(adapted);
    }
  }

  private static List<Double> totals(ScoringModel model, List<String> lines) {
    try (LineScorer scorer = model.lineScorer(LineScoring.defaults())) {
      return scorer.score(lines).stream().map(LineScore::nats).toList();
    }
  }

  @Test
  void mixturesAddProbabilities() throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        TokenFile text = AdaptedFixture.tokens(fixture.ids("ids"))) {
      Adaptation mixed = all("static").withMix(List.of(new Adaptation.Part("other", 0.25)));
      ScoringModel other = fixture.adapted(Adaptation.NONE.withTemperature(3));
      double[] losses;
      double[] others = AdaptedFixture.losses((AdaptedModel) other, text);
      try (AdaptedModel model =
          new AdaptedModel(fixture.model(), List.of(other), mixed, fixture.training())) {
        losses = AdaptedFixture.losses(model, text);
      }
      double[] static_;
      Adaptation alone = // the same shares relative to each other
          all("static")
              .withUnigramCache(new Adaptation.UnigramCacheSettings(7, 0.1 / 0.75))
              .withNeuralCache(new Adaptation.NeuralCacheSettings(9, 0.7, 0.2 / 0.75));
      try (AdaptedModel model = fixture.adapted(alone)) {
        static_ = AdaptedFixture.losses(model, text);
      }
      double[] expected =
          IntStream.range(0, losses.length)
              .mapToDouble(
                  i -> -Math.log(0.75 * Math.exp(-static_[i]) + 0.25 * Math.exp(-others[i])))
              .toArray();
      assertThat(losses).containsExactly(expected, within(1e-12));
    }
  }

  @Test
  void aMixtureHasACursorAndALearnerHasNone() throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        AdaptedModel model = fixture.adapted(Adaptation.NONE.withTemperature(1.3));
        AdaptedModel learner = fixture.adapted(by("sgd"));
        ScoringModel.Cursor cursor = model.cursor()) {
      int[] ids = fixture.ids("ids");
      double[] expected = fixture.expected("static.temperature");
      double[] logs = new double[AdaptedFixture.WORDS.size()];
      for (int i = 0; i < expected.length; i++) {
        cursor.read(ids[i]);
        assertThat(cursor.logProbability(ids[i + 1])).isCloseTo(-expected[i], within(1e-9));
        cursor.logProbabilities(logs);
        assertThat(Arrays.stream(logs).map(Math::exp).sum()).isCloseTo(1, within(1e-12));
      }
      assertThatThrownBy(learner::cursor)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("generates none");
    }
  }

  @Test
  void saysWhatDiffers() {
    Vocabulary other = Vocabulary.of(Level.WORD, List.of("a", "<unk>", "<eos>"));
    Vocabulary swapped = Vocabulary.of(Level.WORD, List.of("<unk>", "a", "<eos>"));
    assertThatThrownBy(() -> AdaptedModel.requireSame(AdaptedFixture.WORDS, other, "models/b"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("11 tokens, models/b one of 3");
    assertThatThrownBy(() -> AdaptedModel.requireSame(Vocabulary.bytes(), other, "models/b"))
        .hasMessageContaining("byte level, models/b at word level");
    assertThatThrownBy(() -> AdaptedModel.requireSame(swapped, other, "models/b"))
        .hasMessageContaining("token 0 of the model is '<unk>', that of models/b is 'a'");
  }
}
