package org.lm4j.cli.seq2seq;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.EncoderOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a translator. Unset options are null, so that a resumed run can detect what was
 * given.
 */
final class Seq2SeqOptions implements HelpValues {
  @Option(
      names = "--level",
      paramLabel = "NAME",
      converter = Choices.LineLevels.class,
      completionCandidates = Choices.LineLevels.class,
      description = "What lines are cut into: ${COMPLETION-CANDIDATES} [{level}].")
  private @Nullable String level;

  @Option(
      names = "--target-level",
      paramLabel = "NAME",
      converter = Choices.LineLevels.class,
      completionCandidates = Choices.LineLevels.class,
      description = "The same for targets, where they differ [that of --level].")
  private @Nullable String targetLevel;

  @Mixin
  private EncoderOptions encoder =
      new EncoderOptions(
          Seq2SeqConfig.defaults().encoder(), "a token", "embeddings, between layers, to outputs");

  @Option(
      names = "--attention",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Width in which attention compares, 0 for no attention [that of --hidden].")
  private @Nullable Integer attention;

  @Override
  public Map<String, String> helpValues() {
    return Map.of("level", Seq2SeqConfig.defaults().sides().sourceLevel());
  }

  /**
   * Returns the tokens of a source.
   *
   * @throws InputException if lines cannot be cut like that
   */
  Level level() {
    return checked(level == null ? Seq2SeqConfig.defaults().sides().sourceLevel() : level);
  }

  /**
   * Returns the tokens of a target.
   *
   * @throws InputException if lines cannot be cut like that
   */
  Level targetLevel() {
    return targetLevel == null ? level() : checked(targetLevel);
  }

  private static Level checked(String label) {
    Level level = Level.of(label);
    LineTokens.require(level);
    return level;
  }

  /** Returns a new translator, but for the sizes of its vocabularies. */
  Seq2SeqConfig config() {
    Seq2SeqConfig usual = Seq2SeqConfig.defaults();
    return config(
        new Seq2SeqConfig(
            usual.kind(),
            new Seq2SeqConfig.Sides(level().label(), targetLevel().label(), 1, 1),
            usual.encoder(),
            encoder.hidden(usual.attention())));
  }

  /** Returns a translator like {@code like} but for the options given. */
  Seq2SeqConfig config(Seq2SeqConfig like) {
    Seq2SeqConfig.Sides sides = like.sides();
    return Asked.valid(
        () ->
            new Seq2SeqConfig(
                like.kind(),
                new Seq2SeqConfig.Sides(
                    level == null ? sides.sourceLevel() : level,
                    targetLevel != null ? targetLevel : level != null ? level : sides.targetLevel(),
                    sides.sourceVocabulary(),
                    sides.targetVocabulary()),
                encoder.config(like.encoder()),
                attention == null ? like.attention() : attention));
  }
}
