package org.lm4j.task.lm.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.text.SequenceCounts;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;

/** Evaluation of lines and documents against PyTorch in float64 and against the scores of lines. */
class SequenceEvaluatorTest {
  private static final Segmentation BARE = Segmentation.LINES.withSymbols(Symbols.NONE);

  private static double[] losses(
      LineModel model, List<String> lines, Segmentation segmentation, int most) {
    Map<Long, Double> found = new TreeMap<>();
    try (TokenFile tokens = model.tokens(lines);
        SequenceIndex index = SequenceIndex.of(tokens, segmentation, LineModel.WORDS.lineEnd())) {
      Evaluator.Score score =
          SequenceEvaluator.of(model.network(), LineModel.WORDS, index)
              .inPartsAbove(most)
              .score(1, (place, token, nats) -> found.put(place, nats), null);
      assertThat(score.targets()).isEqualTo(found.size());
      assertThat(score.targets()).isEqualTo(SequenceCounts.of(LineModel.WORDS, index).tokens());
      assertThat(score.totalLoss())
          .isCloseTo(found.values().stream().mapToDouble(d -> d).sum(), within(1e-7));
    }
    return found.values().stream().mapToDouble(d -> d).toArray();
  }

  private static void agree(double[] own, double[] theirs, double tolerance) {
    assertThat(own).hasSameSizeAs(theirs);
    for (int i = 0; i < own.length; i++) {
      assertThat(own[i]).as("target " + i).isCloseTo(theirs[i], within(tolerance));
    }
  }

  /** Empty lines, lines of one token and one of 5,000 are among them. */
  @ParameterizedTest
  @CsvSource({"reference, 1e-9", "cpu, 1e-4"})
  void lossesAreThoseOfPyTorchInEverySetting(String device, double tolerance) {
    try (LineModel model = LineModel.open("lines-lstm-2.safetensors", device, false)) {
      List<String> all = model.lines();
      List<String> shorter = all.subList(0, all.size() - 1);
      double[] between = model.expected("between-ends");
      agree(losses(model, all, Segmentation.LINES, 1 << 18), between, tolerance);
      agree(losses(model, all, Segmentation.LINES, 700), between, tolerance); // in parts
      agree(losses(model, shorter, BARE, 1 << 18), model.expected("bare"), tolerance);
      Segmentation carried = Segmentation.LINES.withCarry(true);
      agree(losses(model, shorter, carried, 1 << 18), model.expected("carried"), tolerance);
    }
  }

  @Test
  void theSumOfALineIsItsScoreToTheBit() {
    try (LineModel model = LineModel.open("lines-lstm-2.safetensors", "reference", false)) {
      List<String> lines = model.lines().subList(0, 14);
      for (Symbols symbols : Symbols.values()) {
        Segmentation segmentation = Segmentation.LINES.withSymbols(symbols);
        List<Double> scored = new ArrayList<>();
        try (LineScorer scorer =
            new LineScorer(model.network(), LineModel.WORDS, LineScoring.of(segmentation))) {
          for (LineScore line : scorer.score(lines)) {
            line.tokens().stream()
                .filter(LineScore.Token::scored)
                .forEach(token -> scored.add(token.nats()));
          }
        }
        assertThat(losses(model, lines, segmentation, 1 << 18))
            .as(symbols.label())
            .containsExactly(scored.stream().mapToDouble(d -> d).toArray());
      }
    }
  }

  /** The lines of a document are one sequence, its empty line the end. */
  @Test
  void aDocumentIsOneSequence() {
    try (LineModel model = LineModel.open("lines-lstm-2.safetensors", "reference", false)) {
      List<String> text = List.of("w1 w2", "w3", "", "", "w4 w5 w6", "", "w7");
      Segmentation documents = Segmentation.of(TextUnit.DOCUMENT);
      double[] own = losses(model, text, documents, 1 << 18);
      DoubleStream expected = DoubleStream.empty();
      for (List<String> document :
          List.of(List.of("w1 w2", "w3", ""), List.of("w4 w5 w6", ""), List.of("w7", ""))) {
        Segmentation one = Segmentation.LINES.withCarry(true);
        expected = DoubleStream.concat(expected, DoubleStream.of(losses(model, document, one, 9)));
      }
      agree(own, expected.toArray(), 1e-12);
    }
  }

  @Test
  void targetsCoverTheirPartOfTheText() {
    try (LineModel model = LineModel.open("lines-lstm-2.safetensors", "reference", false);
        TokenFile tokens = model.tokens(List.of("w1 w2", "", "w3"))) {
      // A word counts with the white space after it; of an empty line alone the end counts, and
      // only
      // if something is read before it.
      for (Symbols symbols : Symbols.values()) {
        Segmentation segmentation = Segmentation.LINES.withSymbols(symbols);
        try (SequenceIndex index =
            SequenceIndex.of(tokens, segmentation, LineModel.WORDS.lineEnd())) {
          assertThat(SequenceCounts.of(LineModel.WORDS, index).characters())
              .as(symbols.label())
              .isEqualTo(symbols == Symbols.BOS_EOS ? 10 : 3);
        }
      }
    }
  }
}
