package org.lm4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import picocli.CommandLine.Option;

/** What to train and validate on. */
final class CorpusOptions {
  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "Training text: files, folders (all text files inside), .gz, .zip, - for standard input.")
  private List<String> corpus = new ArrayList<>();

  @Option(
      names = "--valid",
      paramLabel = "PATH",
      arity = "1..*",
      description = "Text to validate on after each epoch.")
  private List<String> valid = new ArrayList<>();

  @Option(
      names = "--valid-fraction",
      paramLabel = "F",
      converter = Converters.Fraction.class,
      description = "Hold back this part of the corpus, from its end, to validate on [0.05].")
  private @Nullable Double validFraction;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Tokens rarer than this become <unk> [1].")
  private int minCount = 1;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description =
          "At most this many tokens, <unk> and <eos> included; the rest becomes <unk> [all].")
  private int vocabularySize;

  private static final double HELD_BACK = 0.05;

  /** Whether a training text was given. */
  boolean given() {
    return !corpus.isEmpty();
  }

  /** The training text. */
  Sources training() {
    return Sources.of(corpus, System.in);
  }

  /** The validation text, or null. */
  @Nullable Sources validation() {
    return valid.isEmpty() ? null : Sources.of(valid, System.in);
  }

  /** How text becomes tokens. */
  CorpusSpec spec(Level level) {
    double fraction = validFraction != null ? validFraction : valid.isEmpty() ? HELD_BACK : 0;
    return new CorpusSpec(level, null, minCount, vocabularySize, fraction);
  }
}
