package org.lm4j.cli.embed;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.model.ModelKind;
import org.lm4j.task.embed.SkipGramConfig;
import org.lm4j.task.embed.Subsampling;
import picocli.CommandLine.Option;

/** What vectors are learned, and from what near words. Unset options are null. */
final class SkipGramOptions {
  private static final int DIMENSION = 100;
  private static final String OBJECTIVE = "negative";
  private static final int NEGATIVES = 5;
  private static final int WINDOW = 5;
  private static final double SUBSAMPLE = 1e-3;
  private static final String SUBSAMPLING = "word2vec";

  @Option(
      names = "--dimension",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Numbers in a vector [100].")
  private @Nullable Integer dimension;

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      converter = Choices.Objectives.class,
      completionCandidates = Choices.Objectives.class,
      description =
          "negative: tell words that are near from words drawn at random; softmax: predict near"
              + " words out of all, which takes time in proportion to the vocabulary [negative].")
  private @Nullable String objective;

  @Option(
      names = "--negatives",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description =
          "Words drawn at random for each word, in proportion to count^0.75; all its near words are"
              + " told from them [5].")
  private @Nullable Integer negatives;

  @Option(
      names = "--window",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description =
          "The most words to either side that are near; how many are is drawn anew for each word,"
              + " from 1 on [5].")
  private @Nullable Integer window;

  @Option(
      names = "--subsample",
      paramLabel = "T",
      converter = Converters.NonNegativeNumber.class,
      description =
          "Leave out words at random that make up more than about this part of the text, 0 for none"
              + " [0.001].")
  private @Nullable Double subsample;

  @Option(
      names = "--subsampling",
      paramLabel = "NAME",
      converter = Choices.Subsamplings.class,
      completionCandidates = Choices.Subsamplings.class,
      description =
          "Formula for it, f being the part a word makes up: word2vec keeps √(T/f) + T/f of it, as"
              + " word2vec.c does; paper keeps √(T/f), as Mikolov et al. write [word2vec].")
  private @Nullable String subsampling;

  @Option(
      names = "--deterministic",
      description =
          "Always so, accepted for scripts: threads share a step so that the same seed gives the"
              + " same vectors; by negative sampling with any number of threads.")
  void deterministic(boolean asked) {
    // There is no other way to choose.
  }

  /** Whether words are drawn, with what was not asked for as by default. */
  boolean draws() {
    return objective == null || !objective.equals(SkipGramConfig.Objective.SOFTMAX.label());
  }

  /**
   * The configuration.
   *
   * @param base what it is where nothing else is asked; null for the defaults
   * @throws InputException if a value is out of range
   */
  SkipGramConfig config(int vocabulary, @Nullable SkipGramConfig base) {
    try {
      SkipGramConfig config =
          new SkipGramConfig(
              ModelKind.EMBEDDINGS.label(),
              vocabulary,
              pick(dimension, base == null ? DIMENSION : base.dimension()),
              pick(objective, base == null ? OBJECTIVE : base.objective()),
              pick(negatives, base == null ? NEGATIVES : base.negatives()),
              pick(window, base == null ? WINDOW : base.window()),
              pick(subsample, base == null ? SUBSAMPLE : base.subsample()),
              pick(subsampling, base == null ? SUBSAMPLING : base.subsampling()));
      Subsampling.of(config.subsampling());
      return config;
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  private static <T> T pick(@Nullable T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }
}
