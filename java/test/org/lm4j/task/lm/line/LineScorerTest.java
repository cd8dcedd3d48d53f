package org.lm4j.task.lm.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.DropoutRates;
import org.lm4j.nn.Parameter;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelWeights;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Scores of lines against PyTorch in float64, which reads them one by one without batches; the
 * fixtures are made by scripts/make-fixtures.py.
 */
class LineScorerTest {
  private static final LineScoring DEFAULTS = LineScoring.defaults();
  private static final Vocabulary WORDS =
      Vocabulary.of(
          Level.WORD,
          List.of("w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "<unk>", "<eos>"));
  private static final Vocabulary CHARS =
      Vocabulary.of(
          Level.CHAR, List.of("a", "b", "c", "d", "é", "ش", "𝄞", " ", "\t", "<unk>", "\n"));

  /** A model of a fixture, its lines as text, and what PyTorch computed. */
  private record Fixture(
      Backend backend,
      LanguageModelNetwork model,
      Vocabulary vocabulary,
      List<String> lines,
      SafetensorsFile file)
      implements AutoCloseable {
    static Fixture open(String name, Cell cell, Vocabulary vocabulary, String device)
        throws Exception {
      Path path =
          Path.of(
              Objects.requireNonNull(LineScorerTest.class.getResource("/org/lm4j/fixtures/" + name))
                  .toURI());
      SafetensorsFile file = SafetensorsFile.open(path);
      Backend backend = Backends.open(device, new BackendOptions(2));
      LanguageModelConfig config = LanguageModelWeights.infer(file, path, cell, 0);
      LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
      for (Parameter parameter : model.parameters().all()) {
        backend.upload(file.tensor(parameter.name()), parameter.value());
      }
      List<String> lines = new ArrayList<>();
      double[] ids = file.tensor("ids").toArray();
      int at = 0;
      for (double length : file.tensor("lengths").toArray()) {
        int from = at;
        at += (int) length;
        lines.add(
            IntStream.range(from, at)
                .mapToObj(i -> text(vocabulary, (int) ids[i]))
                .collect(Collectors.joining(vocabulary.level() == Level.WORD ? " " : "")));
      }
      return new Fixture(backend, model, vocabulary, lines, file);
    }

    private static String text(Vocabulary vocabulary, int id) {
      if (id != vocabulary.unknown()) {
        return vocabulary.token(id);
      }
      return vocabulary.level() == Level.WORD ? "colourless" : "z";
    }

    List<LineScore> score(LineScoring options, List<String> some) {
      try (LineScorer scorer = new LineScorer(model, vocabulary, options)) {
        return scorer.score(some);
      }
    }

    double[] expected(String name) {
      return file.tensor(name).toArray();
    }

    List<String> shortLines() {
      return lines.subList(0, lines.size() - 1);
    }

    @Override
    public void close() {
      model.close();
      backend.close();
      file.close();
    }
  }

  private static double[] scores(List<LineScore> lines) {
    return lines.stream()
        .flatMap(line -> line.tokens().stream())
        .filter(LineScore.Token::scored)
        .mapToDouble(LineScore.Token::nats)
        .toArray();
  }

  private static void agree(double[] own, double[] theirs, double tolerance) {
    assertThat(own).hasSameSizeAs(theirs);
    for (int i = 0; i < own.length; i++) {
      assertThat(own[i]).as("token " + i).isCloseTo(theirs[i], within(tolerance));
    }
  }

  @ParameterizedTest
  @CsvSource({"reference, 1e-9", "cpu, 1e-4"})
  void scoresAreThoseOfPyTorch(String device, double tolerance) throws Exception {
    for (boolean words : new boolean[] {true, false}) {
      String name = words ? "lines-lstm-2.safetensors" : "lines-gru-1-tied.safetensors";
      try (Fixture fixture =
          Fixture.open(name, words ? Cell.LSTM : Cell.GRU, words ? WORDS : CHARS, device)) {
        List<LineScore> all = fixture.score(DEFAULTS.withEnd(), fixture.lines());
        agree(scores(all), fixture.expected("between-ends"), tolerance);
        List<LineScore> bare = fixture.score(DEFAULTS.withBegin(false), fixture.shortLines());
        agree(scores(bare), fixture.expected("bare"), tolerance);
        List<LineScore> carried = fixture.score(DEFAULTS.withEnd().carried(), fixture.shortLines());
        agree(scores(carried), fixture.expected("carried"), tolerance);
        List<LineScore> more =
            fixture.score(DEFAULTS.withEnd().withPredictions(0), fixture.shortLines());
        double[] entropies =
            more.stream()
                .flatMap(line -> line.tokens().stream())
                .mapToDouble(token -> Objects.requireNonNull(token.prediction()).entropy())
                .toArray();
        agree(entropies, fixture.expected("entropy"), tolerance);
      }
    }
  }

  /** Whether the end is scored changes nothing before it, also where the state is carried. */
  @Test
  void aLineEndThatIsNotScoredIsStillReadWhereTheStateIsCarried() throws Exception {
    try (Fixture fixture = words("reference")) {
      List<LineScore> with = fixture.score(DEFAULTS.withEnd().carried(), fixture.shortLines());
      List<LineScore> without = fixture.score(DEFAULTS.carried(), fixture.shortLines());
      for (int i = 0; i < with.size(); i++) {
        List<LineScore.Token> tokens = with.get(i).tokens();
        assertThat(without.get(i).tokens()).isEqualTo(tokens.subList(0, tokens.size() - 1));
      }
    }
  }

  private static Fixture words(String device) throws Exception {
    return Fixture.open("lines-lstm-2.safetensors", Cell.LSTM, WORDS, device);
  }

  private static Fixture chars(String device) throws Exception {
    return Fixture.open("lines-gru-1-tied.safetensors", Cell.GRU, CHARS, device);
  }

  @Test
  void aLineScoresTheSameBitsAloneAndAmongOthersOnReference() throws Exception {
    try (Fixture fixture = words("reference")) {
      LineScoring options = DEFAULTS.withPredictions(3);
      List<String> shuffled = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        shuffled.addAll(fixture.shortLines());
      }
      Collections.shuffle(shuffled, new Random(3));
      List<LineScore> together = fixture.score(options, shuffled);
      for (int i = 0; i < shuffled.size(); i++) {
        assertThat(together.get(i).line()).isEqualTo(shuffled.get(i));
        assertThat(together.get(i))
            .isEqualTo(fixture.score(options, List.of(shuffled.get(i))).getFirst());
      }
    }
  }

  /** Also with another number of threads, and whatever lines share the beginning. */
  @ParameterizedTest
  @CsvSource({"-1, lstm", "2, lstm", "-1, gru"})
  void aLineScoresTheSameBitsAloneAndAmongOthersOnACpu(int top, String cell) throws Exception {
    LineScoring options = top < 0 ? DEFAULTS : DEFAULTS.withPredictions(top);
    try (Backend two = Backends.open("cpu", new BackendOptions(2).withBlas(BlasChoice.JAVA));
        Backend one = Backends.open("cpu", new BackendOptions(1).withBlas(BlasChoice.JAVA));
        LanguageModelNetwork model = random(two, cell);
        LanguageModelNetwork same = random(one, cell);
        LineScorer scorer = new LineScorer(model, WORDS, options);
        LineScorer other = new LineScorer(same, WORDS, options)) {
      Random random = new Random(8);
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        int words = i % 40 == 0 ? 150 : random.nextInt(9);
        lines.add(
            random
                .ints(words, 0, i < 200 ? 9 : 3)
                .mapToObj(word -> "w" + word)
                .collect(Collectors.joining(" ")));
      }
      List<LineScore> together = scorer.score(lines);
      List<LineScore> prefixes = scorer.score(lines.subList(200, 300)); // have much in common
      for (int i = 0; i < lines.size(); i += i < 200 ? 7 : 3) {
        LineScore alone = other.score(List.of(lines.get(i))).getFirst();
        assertThat(together.get(i)).isEqualTo(alone);
        if (i >= 200) {
          assertThat(prefixes.get(i - 200)).isEqualTo(alone);
        }
      }
    }
  }

  /** Returns a model of odd sizes with random weights. */
  private static LanguageModelNetwork random(Backend backend, String cell) {
    LanguageModelConfig config =
        new LanguageModelConfig(
            Cell.of(cell), WORDS.size(), 21, 37, 2, DropoutRates.NONE, OutputConfig.full(false));
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
    Random random = new Random(4);
    for (Parameter parameter : model.parameters().all()) {
      Tensor value = parameter.value();
      try (HostStorage storage = new HostStorage(value.size() * DType.F64.bytes())) {
        Tensor host = new Tensor(storage, 0, value.shape(), DType.F64);
        for (long i = 0; i < value.size(); i++) {
          host.set(i, random.nextGaussian() / 2);
        }
        backend.upload(host, value);
      }
    }
    return model;
  }

  @Test
  void aStreamIsScoredAsItIsConsumed() throws Exception {
    try (Fixture fixture = words("reference")) {
      LineScorer scorer = new LineScorer(fixture.model(), WORDS, DEFAULTS);
      int[] read = {0};
      Stream<String> endless =
          Stream.generate(() -> fixture.lines().get(1 + read[0]++ % 13))
              .onClose(() -> read[0] = -1);
      try (Stream<LineScore> scores = LineScorer.stream(scorer, endless)) {
        assertThat(scores.limit(3).map(LineScore::line))
            .containsExactlyElementsOf(fixture.lines().subList(1, 4));
        assertThat(read[0]).isLessThan(10_000);
      }
      assertThat(read[0]).isEqualTo(-1);
      assertThatThrownBy(() -> scorer.score(List.of("w1")))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aTokenKeepsItsPlaceAndTheTextThatTheVocabularyLacks() throws Exception {
    try (Fixture fixture = words("reference")) {
      LineScore score = fixture.score(DEFAULTS, List.of(" w1\tflurb  w2 ")).getFirst();
      assertThat(score.tokens())
          .extracting(
              LineScore.Token::text,
              LineScore.Token::id,
              LineScore.Token::start,
              LineScore.Token::end,
              LineScore.Token::known)
          .containsExactly(
              tuple("w1", 1, 1, 3, true),
              tuple("flurb", 9, 4, 9, false),
              tuple("w2", 2, 11, 13, true));
      assertThat(score.tokens().get(1).nats())
          .isEqualTo(
              fixture.score(DEFAULTS, List.of("w1 <unk>")).getFirst().tokens().get(1).nats());
    }
  }

  /**
   * Without a token for unknown text it has no score, and the rest is scored as if it were absent.
   */
  @Test
  void unknownTextHasNoScoreWhereTheVocabularyHasNoToken() throws Exception {
    List<String> tokens = new ArrayList<>(WORDS.tokens());
    tokens.set(9, "w9");
    Vocabulary closed = Vocabulary.of(Level.WORD, tokens);
    try (Fixture fixture = words("reference");
        LineScorer scorer = new LineScorer(fixture.model(), closed, DEFAULTS.withPredictions(1))) {
      List<LineScore> scores = scorer.score(List.of("w1 flurb w2", "w1 w2", "flurb"));
      LineScore.Token unknown = scores.getFirst().tokens().get(1);
      assertThat(unknown.id()).isEqualTo(-1);
      assertThat(unknown.known()).isFalse();
      assertThat(unknown.scored()).isFalse();
      assertThat(unknown.prediction()).isNull();
      assertThat(scores.getFirst().nats()).isEqualTo(scores.get(1).nats());
      assertThat(scores.getFirst().scored()).isEqualTo(2);
      assertThat(scores.get(2).scored()).isZero();
    }
  }

  @Test
  void aContextIsReadBeforeEachLineAndNotScored() throws Exception {
    try (Fixture fixture = words("reference")) {
      double[] whole = scores(fixture.score(DEFAULTS, List.of("w3 w4 w5 w6")));
      LineScoring after = DEFAULTS.withContext("w3 w4");
      for (LineScore score : fixture.score(after, List.of("w5 w6", "w5 w6"))) {
        agree(scores(List.of(score)), new double[] {whole[2], whole[3]}, 0);
      }
      LineScoring bare = DEFAULTS.withBegin(false).withContext("w3");
      assertThat(fixture.score(bare, List.of("w4")).getFirst().scored()).isOne();
    }
  }

  @Test
  void theFirstTokenHasNoScoreWithoutAnythingBeforeIt() throws Exception {
    try (Fixture fixture = words("reference")) {
      LineScoring bare = DEFAULTS.withBegin(false).withPredictions(2);
      List<LineScore> scores = fixture.score(bare, List.of("w4", "w4 w5", ""));
      assertThat(scores).extracting(LineScore::scored).containsExactly(0, 1, 0);
      assertThat(scores.get(1).tokens().getFirst().nats()).isNaN();
      assertThat(scores.get(1).tokens().getFirst().prediction()).isNull();
    }
  }

  @Test
  void wordsAddUpToTheLineWhicheverSpaceBelongsToThem() throws Exception {
    try (Fixture fixture = chars("reference")) {
      LineScore score = fixture.score(DEFAULTS.withEnd(), List.of(" ab  c\té ")).getFirst();
      double[] t = scores(List.of(score)); // space a b space space c tab é space end
      List<LineScore.Word> leading = score.words(LineScore.Space.LEADING);
      assertThat(leading).extracting(LineScore.Word::text).containsExactly("ab", "c", "é", "\n");
      double[] before = {t[0] + t[1] + t[2], t[3] + t[4] + t[5], t[6] + t[7] + t[8], t[9]};
      agree(leading.stream().mapToDouble(LineScore.Word::nats).toArray(), before, 1e-12);
      List<LineScore.Word> trailing = score.words(LineScore.Space.TRAILING);
      assertThat(trailing).extracting(LineScore.Word::text).containsExactly("ab", "c", "é");
      double[] after = {t[0] + t[1] + t[2] + t[3] + t[4], t[5] + t[6], t[7] + t[8] + t[9]};
      agree(trailing.stream().mapToDouble(LineScore.Word::nats).toArray(), after, 1e-12);
      assertThat(DoubleStream.of(t).sum()).isCloseTo(score.nats(), within(1e-12));
      assertThat(fixture.score(DEFAULTS, List.of("  ")).getFirst().words(LineScore.Space.LEADING))
          .isEmpty();
    }
  }

  @Test
  void predictionsRankAndOrderTheVocabulary() throws Exception {
    try (Fixture fixture = words("reference")) {
      for (LineScore.Token token :
          fixture.score(DEFAULTS.withPredictions(11), List.of("w1 w2 w3")).getFirst().tokens()) {
        LineScore.Prediction prediction = Objects.requireNonNull(token.prediction());
        List<LineScore.Alternative> top = prediction.top();
        assertThat(top)
            .hasSize(11)
            .isSortedAccordingTo((a, b) -> Double.compare(a.nats(), b.nats()));
        assertThat(top.get(prediction.rank() - 1).id()).isEqualTo(token.id());
        assertThat(top.get(prediction.rank() - 1).nats()).isCloseTo(token.nats(), within(1e-12));
        assertThat(top.stream().mapToDouble(each -> Math.exp(-each.nats())).sum())
            .isCloseTo(1, within(1e-12));
        assertThat(top.stream().mapToDouble(e -> Math.exp(-e.nats()) * e.nats()).sum())
            .isCloseTo(prediction.entropy(), within(1e-12));
      }
    }
  }

  @Test
  void aLineEndThatTheVocabularyLacksIsRefused() throws Exception {
    List<String> tokens = new ArrayList<>(WORDS.tokens());
    tokens.set(10, "w10");
    Vocabulary endless = Vocabulary.of(Level.WORD, tokens);
    try (Fixture fixture = words("reference");
        LineScorer scorer = new LineScorer(fixture.model(), endless, DEFAULTS)) {
      assertThat(scorer.scoresFirst()).isFalse();
      assertThatThrownBy(() -> new LineScorer(fixture.model(), endless, DEFAULTS.withEnd()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("no line end");
    }
  }
}
