package org.lm4j.cli.embed;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.embed.SkipGramConfig;
import org.lm4j.task.embed.Subsampling;
import picocli.CommandLine.Option;

/** The options of word vectors and their training. Unset options are null. */
final class SkipGramOptions implements HelpValues {
  @Option(
      names = {"--embedding", "--dimension"},
      paramLabel = "N",
      description = "Width of a vector [{dimension}].")
  private @Nullable Integer dimension;

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      converter = Choices.Objectives.class,
      completionCandidates = Choices.Objectives.class,
      description =
          "negative: distinguish words that are near from words drawn at random; softmax: predict near"
              + " words out of all, which takes time in proportion to the vocabulary [{objective}].")
  private @Nullable String objective;

  @Option(
      names = "--negatives",
      paramLabel = "N",
      description =
          "Words drawn at random for each word, in proportion to count^0.75; all its context words are"
              + " distinguished from them [{negatives}].")
  private @Nullable Integer negatives;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Most context words on either side; how many is drawn for each word, from 1 to N "
              + "[{window}].")
  private @Nullable Integer window;

  @Option(
      names = "--subsample",
      paramLabel = "T",
      converter = Converters.NonNegativeNumber.class,
      description =
          "Leave out words at random that make up more than about this part of the text, 0 for none"
              + " [{subsample}].")
  private @Nullable Double subsample;

  @Option(
      names = "--subsampling",
      paramLabel = "NAME",
      converter = Choices.Subsamplings.class,
      completionCandidates = Choices.Subsamplings.class,
      description =
          "Formula for it, f being the part a word makes up: word2vec keeps √(T/f) + T/f of it, as"
              + " word2vec.c does; paper keeps √(T/f), as Mikolov et al. write [{subsampling}].")
  private @Nullable String subsampling;

  @Option(
      names = "--deterministic",
      description =
          "Has no effect, but is accepted for scripts: the same seed always gives the same "
              + "vectors, by negative sampling with any number of threads.")
  void deterministic(boolean asked) {
    // There is no other way to choose.
  }

  @Override
  public Map<String, String> helpValues() {
    SkipGramConfig usual = SkipGramConfig.defaults();
    return Map.of(
        "dimension", Integer.toString(usual.dimension()),
        "objective", usual.objective(),
        "negatives", Integer.toString(usual.negatives()),
        "window", Integer.toString(usual.window()),
        "subsample", HelpValues.number(usual.frequent().subsample()),
        "subsampling", usual.frequent().subsampling());
  }

  /** Returns whether words are drawn, with what was not asked for as by default. */
  boolean draws() {
    return objective == null || !objective.equals(SkipGramConfig.Objective.SOFTMAX.label());
  }

  /**
   * Returns the configuration.
   *
   * @param base what it is where nothing else is asked; null for the defaults
   * @throws InputException if a value is out of range
   */
  SkipGramConfig config(int vocabulary, @Nullable SkipGramConfig base) {
    SkipGramConfig from = base == null ? SkipGramConfig.defaults() : base;
    try {
      SkipGramConfig config =
          new SkipGramConfig(
              from.kind(),
              vocabulary,
              Asked.or(dimension, from.dimension()),
              Asked.or(objective, from.objective()),
              Asked.or(negatives, from.negatives()),
              Asked.or(window, from.window()),
              new SkipGramConfig.Frequent(
                  Asked.or(subsample, from.frequent().subsample()),
                  Asked.or(subsampling, from.frequent().subsampling())));
      Subsampling.of(config.frequent().subsampling());
      return config;
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }
}
