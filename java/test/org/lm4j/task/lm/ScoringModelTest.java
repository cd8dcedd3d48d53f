package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** What all models that predict text have in common: computed from a cursor, and as networks do. */
class ScoringModelTest {
  private static final Vocabulary CHARS =
      Vocabulary.of(Level.CHAR, List.of("a", "b", "c", " ", "<unk>", "\n"));
  private static final List<String> LINES =
      List.of("abc", "", "a", "cab bac", "xyz ab", "aa bb cc ".repeat(9), "c");

  @TempDir private Path folder;

  /** A model that has what it must have and nothing more. */
  private record OnlyCursors(ScoringModel model) implements ScoringModel {
    @Override
    public Vocabulary vocabulary() {
      return model.vocabulary();
    }

    @Override
    public Cursor cursor() {
      return model.cursor();
    }

    @Override
    public void close() {}
  }

  private ScoringModel model(Backend backend) {
    LanguageModelConfig config = new LanguageModelConfig(Cell.GRU, 6, 4, 5, 2, 0, false);
    ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    try (LanguageModelNetwork network = new LanguageModelNetwork(backend, config, false)) {
      network.initialize(Initialization.DEFAULT, 3);
      config.save(files, CHARS);
      files.saveWeights(network);
    }
    return ScoringModel.open(folder, backend);
  }

  private static List<LineScore> scores(ScoringModel model, LineScoring options) {
    try (Stream<LineScore> scores = model.score(LINES.stream(), options)) {
      return scores.toList();
    }
  }

  @Test
  void linesAreScoredByCursorsAsByWindows() {
    try (Backend backend = new ReferenceBackend();
        ScoringModel model = model(backend)) {
      LineScoring defaults = LineScoring.defaults();
      for (LineScoring options :
          List.of(
              defaults,
              defaults.withEnd().withContext("ab").withPredictions(2),
              defaults.withBegin(false),
              defaults.withBegin(false).carried(),
              defaults.withEnd().carried().withPredictions(0))) {
        List<LineScore> expected = scores(model, options);
        List<LineScore> own = scores(new OnlyCursors(model), options);
        assertThat(own).hasSameSizeAs(expected);
        for (int i = 0; i < own.size(); i++) {
          agree(own.get(i), expected.get(i));
        }
      }
    }
  }

  private static void agree(LineScore own, LineScore expected) {
    assertThat(own.tokens()).hasSameSizeAs(expected.tokens());
    for (int i = 0; i < own.tokens().size(); i++) {
      LineScore.Token mine = own.tokens().get(i);
      LineScore.Token other = expected.tokens().get(i);
      assertThat(mine.id()).isEqualTo(other.id());
      assertThat(mine.scored()).isEqualTo(other.scored());
      if (mine.scored()) {
        assertThat(mine.nats()).isCloseTo(other.nats(), within(1e-12));
      }
      assertThat(mine.prediction() == null).isEqualTo(other.prediction() == null);
      if (mine.prediction() != null) {
        LineScore.Prediction theirs = Objects.requireNonNull(other.prediction());
        assertThat(mine.prediction().rank()).isEqualTo(theirs.rank());
        assertThat(mine.prediction().entropy()).isCloseTo(theirs.entropy(), within(1e-12));
        assertThat(mine.prediction().top()).hasSameSizeAs(theirs.top());
      }
    }
  }

  @Test
  void aStreamIsScoredByCursorsAsByWindows() {
    EncodedText text = EncodedText.of(CHARS, "abc cab\nxa b\n".repeat(30));
    try (Backend backend = new ReferenceBackend();
        ScoringModel model = model(backend)) {
      List<Double> expected = new ArrayList<>();
      List<Double> own = new ArrayList<>();
      Evaluator.Score score = model.score(text, 1, (_, _, loss) -> expected.add(loss), null);
      Evaluator.Score mine =
          new OnlyCursors(model).score(text, 1, (_, _, loss) -> own.add(loss), null);
      assertThat(mine.totalLoss()).isCloseTo(score.totalLoss(), within(1e-9));
      assertThat(mine.oovTargets()).isEqualTo(score.oovTargets()).isPositive();
      assertThat(own).hasSameSizeAs(expected).hasSize(Math.toIntExact(text.size()) - 1);
      for (int i = 0; i < own.size(); i++) {
        assertThat(own.get(i)).isCloseTo(expected.get(i), within(1e-12));
      }
    }
  }

  @Test
  void aCursorPredictsADistributionOnceItHasReadAToken() {
    try (Backend backend = new ReferenceBackend();
        ScoringModel model = model(backend);
        ScoringModel.Cursor cursor = model.cursor()) {
      double[] all = new double[6];
      assertThatThrownBy(() -> cursor.logProbabilities(all))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("before it has read a token");
      cursor.read(1);
      cursor.logProbabilities(all);
      double sum = 0;
      for (int id = 0; id < 6; id++) {
        assertThat(cursor.logProbability(id)).isEqualTo(all[id]);
        sum += Math.exp(all[id]);
      }
      assertThat(sum).isCloseTo(1, within(1e-12));
      double first = all[2];
      cursor.read(2);
      cursor.logProbabilities(all);
      assertThat(all[2]).isNotEqualTo(first);
      cursor.reset();
      assertThatThrownBy(() -> cursor.logProbability(0)).isInstanceOf(IllegalStateException.class);
      cursor.read(1);
      assertThat(cursor.logProbability(2)).isEqualTo(first);
      assertThatThrownBy(() -> cursor.logProbability(6))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> cursor.logProbabilities(new double[5]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aGeneratorByCursorDrawsTheSameText() {
    try (Backend backend = new ReferenceBackend();
        ScoringModel model = model(backend);
        Generator plain = model.generator();
        Generator own = new OnlyCursors(model).generator()) {
      Generator.Request request =
          new Generator.Request(60, new SamplingOptions(0.9, 3, 1, false), 5, 0, List.of());
      assertThat(text(own, request)).isEqualTo(text(plain, request)).hasSizeGreaterThan(50);
    }
  }

  private static String text(Generator generator, Generator.Request request) {
    StringBuilder text = new StringBuilder();
    TextPieces pieces = new TextPieces(text::append);
    generator.generate(new int[] {0}, request, pieces);
    pieces.finish();
    return text.toString();
  }

  @Test
  void aFolderWithAModelOfAnotherKindIsRefused() {
    Json.write(folder.resolve("config.json"), new Kind("tagger"));
    try (Backend backend = new ReferenceBackend()) {
      assertThatThrownBy(() -> ScoringModel.open(folder, backend))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("holds a tagger, which does not predict the next token");
    }
  }

  private record Kind(String kind) {}
}
