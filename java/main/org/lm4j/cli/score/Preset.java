package org.lm4j.cli.score;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** The tools whose output {@code lm score} can print. */
public enum Preset {
  /**
   * The language model zoo (Gauthier, Hu, Wilcox, Qian and Levy, "SyntaxGym", 2020): {@code
   * sentence_id token_id token surprisal}, separated by tabs.
   */
  LM_ZOO,
  /**
   * The benchmark of syntactic ambiguity processing (Huang et al., 2024): the columns of the table
   * that was read, then the surprisal of each word in nats and in bits.
   */
  SAP,
  /** The program of van Schijndel and Linzen (2018): surprisal, entropy and its reduction. */
  NEURAL_COMPLEXITY,
  /** KenLM's program {@code query} with all its output (Heafield, 2011). */
  KENLM;

  /** Returns its name in options. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns the options of scoring without which the tool's columns cannot be printed. */
  public LineScoring complete(LineScoring scoring) {
    return switch (this) {
      case LM_ZOO, SAP -> scoring;
      case NEURAL_COMPLEXITY -> scoring.withPredictions(0);
      case KENLM -> scoring.withEnd();
    };
  }

  /**
   * Creates a writer.
   *
   * @param space which white space belongs to a word
   * @param separator of columns, for the tool that has a choice
   * @param ngrams the n-grams of the model, if it has them and each line begins a sentence
   * @throws InputException if the tool's columns need a model of words
   */
  public PresetWriter writer(
      Vocabulary vocabulary, LineScore.Space space, String separator, @Nullable NgramTable ngrams) {
    return switch (this) {
      case LM_ZOO -> new LmZooWriter(vocabulary);
      case SAP -> new SapWriter(vocabulary, space);
      case NEURAL_COMPLEXITY -> new NeuralComplexityWriter(vocabulary, space, separator);
      case KENLM -> {
        if (vocabulary.level() != Level.WORD) {
          throw new InputException(
              "--preset kenlm prints the number of each word in the vocabulary; a model at"
                  + " level %s has no words there. Use --per line or another preset."
                      .formatted(vocabulary.level().label()));
        }
        yield new KenlmWriter(ngrams);
      }
    };
  }

  /** Returns the names of all presets, in their order. */
  public static List<String> labels() {
    return List.of(values()).stream().map(Preset::label).toList();
  }

  /** Returns a token as a program would read it: that of the vocabulary, with visible bytes. */
  static String read(Vocabulary vocabulary, LineScore.Token token) {
    return token.id() < 0 ? token.text() : vocabulary.text(token.id());
  }
}
