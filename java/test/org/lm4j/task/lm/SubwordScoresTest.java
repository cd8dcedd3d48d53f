package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.TokenizerFile;
import org.lm4j.nn.Parameter;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.subword.SubwordFixtures;

/** Scores of words by summing those of subwords, against PyTorch in float64. */
class SubwordScoresTest {
  private static final LineScoring ENDS = LineScoring.defaults().withEnd();
  private static final List<String> LINES =
      List.of(
          "the theatre gathers the other mother",
          "Shall I compare thee to a summer's day?",
          "naïve café 中文 𝄞x",
          "one",
          "Before we proceed any further, hear me speak.");

  private static List<LineScore> score(String device, LineScoring options) {
    Path path = SubwordFixtures.path("scores.safetensors");
    Vocabulary vocabulary = Vocabulary.of(TokenizerFile.read(SubwordFixtures.path("scores.json")));
    try (SafetensorsFile file = SafetensorsFile.open(path);
        Backend backend = Backends.open(device, new BackendOptions(2))) {
      LanguageModelConfig config = LanguageModelWeights.infer(file, path, Cell.LSTM, 0);
      try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false)) {
        for (Parameter parameter : model.parameters().all()) {
          backend.upload(file.tensor(parameter.name()), parameter.value());
        }
        try (LineScorer scorer = new LineScorer(model, vocabulary, options)) {
          return scorer.score(LINES);
        }
      }
    }
  }

  private static double[] expected(String name) {
    try (SafetensorsFile file =
        SafetensorsFile.open(SubwordFixtures.path("expected.safetensors"))) {
      return file.tensor(name).toArray();
    }
  }

  private static double[] words(List<LineScore> lines, LineScore.Space space) {
    return lines.stream()
        .flatMap(line -> line.words(space).stream())
        .filter(word -> !word.text().equals("\n"))
        .mapToDouble(LineScore.Word::nats)
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({"reference, 1e-9", "cpu, 1e-4"})
  void wordsAreThoseOfPyTorch(String device, double tolerance) {
    List<LineScore> lines = score(device, ENDS.withPredictions(0));
    double[] tokens =
        lines.stream()
            .flatMap(line -> line.tokens().stream())
            .mapToDouble(LineScore.Token::nats)
            .toArray();
    assertThat(tokens).containsExactly(expected("tokens"), within(tolerance));
    assertThat(words(lines, LineScore.Space.LEADING))
        .containsExactly(expected("leading"), within(tolerance));
    assertThat(words(lines, LineScore.Space.TRAILING))
        .containsExactly(expected("trailing"), within(tolerance));
  }

  @Test
  void wordsWithTheSpaceAfterThemAddUpToTheLine() {
    for (LineScore line : score("reference", ENDS.withPredictions(0))) {
      double sum =
          line.words(LineScore.Space.TRAILING).stream().mapToDouble(LineScore.Word::nats).sum();
      assertThat(sum).isCloseTo(line.nats(), within(1e-9));
      assertThat(
              line.words(LineScore.Space.TRAILING).stream()
                  .mapToInt(word -> word.tokens().size())
                  .sum())
          .isEqualTo(line.tokens().size());
    }
  }

  @Test
  void withoutPredictionsTheSpaceAfterAWordIsRefused() {
    LineScore line = score("reference", ENDS).getFirst();
    assertThatThrownBy(() -> line.words(LineScore.Space.TRAILING))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("withPredictions");
    assertThat(line.words(LineScore.Space.LEADING)).hasSize(7);
  }
}
