package org.lm4j.task.lm.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Lines that begin alike, computed as a tree, against each line alone. */
class SharedPrefixesTest {
  private static final Vocabulary WORDS =
      Vocabulary.of(
          Level.WORD,
          IntStream.range(0, 12)
              .mapToObj(i -> i == 0 ? "<eos>" : i == 1 ? "<unk>" : "w" + i)
              .toList());

  /** Minimal pairs of templates, single words, empty lines, unknown words and a long line. */
  private static List<String> lines() {
    Random random = new Random(4);
    List<String> lines = new ArrayList<>(List.of("", "w3", "w3", "unheard w3", "w4 w4"));
    lines.add("w2 w3 ".repeat(70));
    for (int i = 0; i < 150; i++) {
      List<String> words = new ArrayList<>();
      for (int t = 0; t < 3 + i % 4; t++) {
        words.add("w" + (2 + random.nextInt(t < 2 ? 2 : 10)));
      }
      lines.add(String.join(" ", words));
      words.set(words.size() - 1 - i % 2, "w" + (2 + i % 10));
      lines.add(words.stream().collect(Collectors.joining(" ")));
    }
    return lines;
  }

  @ParameterizedTest
  @CsvSource({
    "reference, LSTM, 1e-12",
    "reference, GRU, 1e-12",
    "reference, RNN_TANH, 1e-12",
    "cpu, LSTM, 1e-4",
    "cpu, GRU, 1e-4"
  })
  void scoresAreThoseOfEachLineAlone(String device, Cell cell, double tolerance) {
    LanguageModelConfig config = new LanguageModelConfig(cell, WORDS.size(), 7, 9, 2, 0, false);
    try (Backend backend = Backends.open(device, new BackendOptions(2));
        LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false)) {
      model.initialize(Initialization.DEFAULT, 3);
      for (LineScoring options :
          List.of(
              LineScoring.defaults().withEnd(),
              LineScoring.defaults().withBegin(false),
              LineScoring.defaults().withContext("w5 w6"))) {
        List<String> lines = lines();
        try (LineScorer scorer = new LineScorer(model, WORDS, options)) {
          List<LineScore> together = scorer.score(lines);
          assertThat(scorer.score(lines)).as("again").isEqualTo(together);
          for (int i = 0; i < lines.size(); i++) {
            agree(together.get(i), scorer.score(List.of(lines.get(i))).getFirst(), tolerance);
          }
        }
      }
    }
  }

  private static void agree(LineScore own, LineScore alone, double tolerance) {
    assertThat(own.tokens()).hasSameSizeAs(alone.tokens());
    for (int t = 0; t < own.tokens().size(); t++) {
      LineScore.Token token = own.tokens().get(t);
      LineScore.Token other = alone.tokens().get(t);
      assertThat(token.scored()).as(own.line()).isEqualTo(other.scored());
      if (token.scored()) {
        assertThat(token.nats())
            .as(own.line() + ", token " + t)
            .isCloseTo(other.nats(), within(tolerance));
      }
    }
  }
}
