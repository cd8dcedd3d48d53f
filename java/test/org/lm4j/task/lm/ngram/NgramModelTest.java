package org.lm4j.task.lm.ngram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.ngram.NgramCursor;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.TextFixtures;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.StagedFolder;

/** n-gram models as models that predict text. */
class NgramModelTest {
  private static final String TEXT =
      "the cat sat on the mat\nthe dog saw the cat\n\na dog sat on a log\na cat\n".repeat(5);

  @TempDir private Path folder;

  private static Sources sources(Path file) {
    return Sources.of(List.of(file.toString()), InputStream.nullInputStream(), file);
  }

  private NgramTraining.Summary train(Path text, Level level, NgramOptions options) {
    return NgramTraining.train(
        new CorpusBuilder.Input(CorpusSpec.of(level), sources(text), null, (_, _) -> {}),
        options,
        folder.resolve("model"),
        StagedFolder.Existing.REPLACE,
        (_, _) -> {});
  }

  private Path text() throws Exception {
    return Files.writeString(folder.resolve("text"), TEXT);
  }

  @Test
  void linesAndStreamsGiveTheSameScores() throws Exception {
    for (Level level : Level.values()) {
      if (level != Level.WORD && level != Level.CHAR && level != Level.BYTE) {
        continue; // levels whose tokens are learned
      }
      train(text(), level, NgramOptions.defaults());
      try (Backend backend = new ReferenceBackend();
          ScoringModel model = ScoringModel.open(folder.resolve("model"), backend);
          Stream<LineScore> scored =
              model.score(TEXT.lines(), LineScoring.defaults().withEnd().withPredictions(2))) {
        Vocabulary vocabulary = model.vocabulary();
        assertThat(ScoringModel.vocabulary(folder.resolve("model")).tokens())
            .isEqualTo(vocabulary.tokens());
        EncodedText encoded = EncodedText.of(vocabulary, "\n" + TEXT); // begins after a line end
        List<Double> stream = new ArrayList<>();
        Evaluator.Score score = model.score(encoded, 4, (_, _, loss) -> stream.add(loss), null);
        List<Double> lines =
            scored.flatMap(line -> line.tokens().stream()).map(LineScore.Token::nats).toList();
        assertThat(lines).hasSameSizeAs(stream);
        double sum = 0;
        for (int i = 0; i < lines.size(); i++) {
          assertThat(lines.get(i)).isCloseTo(stream.get(i), within(1e-12));
          sum += lines.get(i);
        }
        assertThat(score.totalLoss()).isCloseTo(sum, within(1e-9));
        assertThat(score.targets()).isEqualTo(lines.size());
      }
    }
  }

  @Test
  void theProtocolOfSrilmAndKenlmScoresTheFirstTokenToo() throws Exception {
    train(text(), Level.WORD, NgramOptions.defaults());
    try (NgramModel model = NgramModel.load(folder.resolve("model"))) {
      EncodedText encoded = EncodedText.of(model.vocabulary(), "a cat saw the fox\nthe end\n");
      NgramEvaluation found = NgramEvaluation.of(model, encoded);
      NgramCursor cursor = new NgramCursor(model.table());
      cursor.begin();
      double nats = 0;
      for (int i = 0; i < encoded.size(); i++) {
        nats -= cursor.logProbability(encoded.get(i));
        cursor.read(encoded.get(i));
      }
      assertThat(found.targets()).isEqualTo(9);
      assertThat(found.lineEnds()).isEqualTo(2);
      assertThat(found.unknown()).isEqualTo(2);
      assertThat(found.nats()).isCloseTo(nats, within(1e-12));
      assertThat(found.perplexity()).isCloseTo(Math.exp(nats / 9), within(1e-12));
      assertThat(found.unknownNats()).isPositive().isLessThan(nats);
      assertThat(found.matched().stream().mapToLong(Long::longValue).sum()).isEqualTo(9);
    }
  }

  @Test
  void aCursorPredictsOnceItHasReadAToken() throws Exception {
    train(text(), Level.CHAR, new NgramOptions(3, false, List.of(0, 0, 1), 1 << 20));
    NgramModel model = NgramModel.load(folder.resolve("model"));
    try (ScoringModel.Cursor cursor = model.cursor()) {
      double[] all = new double[model.vocabulary().size()];
      assertThatThrownBy(() -> cursor.logProbabilities(all))
          .isInstanceOf(IllegalStateException.class);
      cursor.read(2);
      cursor.logProbabilities(all);
      double sum = 0;
      for (int id = 0; id < all.length; id++) {
        assertThat(cursor.logProbability(id)).isCloseTo(all[id], within(1e-12));
        sum += Math.exp(all[id]);
      }
      assertThat(sum).isCloseTo(1, within(1e-6)); // stored in float32
      cursor.reset();
      assertThatThrownBy(() -> cursor.logProbability(0)).isInstanceOf(IllegalStateException.class);
      model.close();
      cursor.read(2);
      assertThatThrownBy(() -> cursor.logProbability(0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aModelThatCannotBeMadeLeavesTheOldOne() throws Exception {
    train(text(), Level.WORD, NgramOptions.defaults());
    Path noEnds = Files.writeString(folder.resolve("ends"), "abc");
    assertThatThrownBy(() -> train(noEnds, Level.CHAR, NgramOptions.defaults()))
        .hasMessageContaining("no line end");
    try (NgramModel model = NgramModel.load(folder.resolve("model"))) {
      assertThat(model.config().level()).isEqualTo("word");
      assertThat(model.config().order()).isEqualTo(5);
    }
  }

  /** 141.2 is what Mikolov's thesis (2012) gives for a modified Kneser-Ney model of order 5. */
  @Test
  void pennTreebankHasThePublishedPerplexity() {
    Path data = TextFixtures.data("ptb-word");
    train(data.resolve("ptb.train.txt"), Level.WORD, NgramOptions.defaults());
    try (NgramModel model = NgramModel.load(folder.resolve("model"));
        TokenFile test =
            CorpusBuilder.encode(
                model.vocabulary(), sources(data.resolve("ptb.test.txt")), (_, _) -> {})) {
      NgramEvaluation found = NgramEvaluation.of(model, test);
      assertThat(found.targets()).isEqualTo(82_430);
      assertThat(found.perplexity()).isCloseTo(141.2, within(0.05));
    }
  }
}
