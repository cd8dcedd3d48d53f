package org.lm4j.cli.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Origin;
import picocli.CommandLine.Option;

/** The options of the training and validation text. */
public final class CorpusOptions implements HelpValues {
  private static final double HELD_BACK = LanguageModelOptions.defaults().validFraction();

  private final int defaultMinCount;
  private final double heldBack;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      description =
          "Training text: files, folders (all text files inside), .gz, .zip, - for standard input.")
  private List<String> corpus = new ArrayList<>();

  @Option(
      names = "--valid",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      description = "Text to validate on after each epoch.")
  private List<String> valid = new ArrayList<>();

  @Option(
      names = "--valid-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description =
          "Hold back this part of the corpus, from its end, to validate on [{valid-fraction}].")
  private @Nullable Double validFraction;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description =
          "Tokens rarer than this become <unk>; with --level bpe, pairs rarer than this are not"
              + " joined [{min-count}].")
  private @Nullable Integer minCount;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description =
          "At most this many tokens, <unk> and <eos> included; the rest becomes <unk> [all, with"
              + " --level bpe {subwords}].")
  private @Nullable Integer vocabularySize;

  /** Creates the options of language models. */
  public CorpusOptions() {
    this(1, HELD_BACK);
  }

  /**
   * Creates options with other defaults.
   *
   * @param minCount of {@code --min-count}
   * @param heldBack of {@code --valid-fraction}
   */
  public CorpusOptions(int minCount, double heldBack) {
    this.defaultMinCount = minCount;
    this.heldBack = heldBack;
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "subwords", Integer.toString(CorpusSpec.SUBWORDS),
        "min-count", Integer.toString(defaultMinCount),
        "valid-fraction", HelpValues.number(heldBack));
  }

  /**
   * Returns what else a new run depends on besides the training text, by the names of the options.
   */
  public Map<String, Object> begins() {
    CorpusSpec spec = spec(Level.WORD);
    return Map.of(
        "--min-count",
        spec.minCount(),
        "--vocab-size",
        spec.vocabularySize(),
        "--valid-fraction",
        spec.validFraction(),
        "--valid",
        valid);
  }

  /** Returns whether a training text was given. */
  public boolean given() {
    return !corpus.isEmpty();
  }

  /** Returns the training text of a model in {@code folder}, which itself is not read as text. */
  public Sources training(Path folder) {
    return Sources.of(corpus, System.in, folder);
  }

  /** Returns the validation text of a model in {@code folder}, or null. */
  public @Nullable Sources validation(Path folder) {
    return valid.isEmpty() ? null : Sources.of(valid, System.in, folder);
  }

  /** Returns how text is converted to tokens of a vocabulary that is made from it. */
  public CorpusSpec spec(Level level) {
    return spec(level, null);
  }

  /** Returns how text is converted to tokens of a given vocabulary, or of one made from it. */
  public CorpusSpec spec(Level level, @Nullable Vocabulary vocabulary) {
    return new CorpusSpec(
        level,
        vocabulary,
        minCount == null ? defaultMinCount : minCount,
        vocabularySize == null ? 0 : vocabularySize,
        fraction());
  }

  private double fraction() {
    return validFraction != null ? validFraction : valid.isEmpty() ? heldBack : 0;
  }

  /**
   * Returns the origin of a new run or, with {@code base}, the origin that a saved run must have.
   */
  public Origin origin(@Nullable Origin base, Initialization first, EmbeddingsOptions vectors) {
    boolean kept = base != null && valid.isEmpty() && validFraction == null;
    Origin.Corpus began = base == null ? null : base.corpus();
    Origin.Corpus corpus =
        new Origin.Corpus(
            minCount != null ? minCount : began != null ? began.minCount() : 1,
            vocabularySize != null ? vocabularySize : began != null ? began.vocabularySize() : 0,
            began != null && kept ? began.validFraction() : fraction(),
            began != null && kept ? began.valid() : List.copyOf(valid));
    return new Origin(
        corpus,
        Double.isNaN(first.range()) ? null : Double.valueOf(first.range()),
        first.forgetBias(),
        vectors.name(base),
        vectors.frozen(base));
  }
}
