package org.lm4j.cli.seq2seq;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.BatchDefaults;
import org.lm4j.cli.frame.Choices;
import org.lm4j.cli.frame.Converters;
import org.lm4j.compute.Cell;
import org.lm4j.model.ModelKind;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;
import picocli.CommandLine.Option;

/** What translator. Unset options are null, so that a continued run can tell what was asked. */
final class Seq2SeqOptions {
  /** Rates for mean losses of tokens. */
  static final BatchDefaults DEFAULTS = new BatchDefaults("pairs", 64, 10, 2e-3, 0.02, 0.1, 1);

  private static final String LEVEL = "char";
  private static final String CELL = "lstm";
  private static final int EMBEDDING = 64;
  private static final int HIDDEN = 128;
  private static final int LAYERS = 1;

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      converter = Choices.LineLevels.class,
      completionCandidates = Choices.LineLevels.class,
      description = "What lines are cut into: ${COMPLETION-CANDIDATES} [char].")
  private @Nullable String level;

  @Option(
      names = "--target-level",
      paramLabel = "LEVEL",
      converter = Choices.LineLevels.class,
      completionCandidates = Choices.LineLevels.class,
      description = "The same for targets, where they differ [that of --level].")
  private @Nullable String targetLevel;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      converter = Choices.CellNames.class,
      completionCandidates = Choices.CellNames.class,
      description = "Kind of recurrent cell: ${COMPLETION-CANDIDATES} [lstm].")
  private @Nullable String cell;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of an embedded token [64].")
  private @Nullable Integer embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Width of each direction of the encoder, and of the decoder [128].")
  private @Nullable Integer hidden;

  @Option(
      names = "--layers",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Layers of the encoder; the decoder has one [1].")
  private @Nullable Integer layers;

  @Option(names = "--one-way", description = "The encoder reads forward only [in both directions].")
  private boolean oneWay;

  @Option(
      names = "--attention",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Width in which attention compares, 0 for no attention [that of --hidden].")
  private @Nullable Integer attention;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropping out while training: embedding, layers, output [0].")
  private @Nullable Double dropout;

  /** Tells a translator's own defaults. */
  static final class Help extends BatchDefaults.Help {
    /** For picocli. */
    Help() {
      super(DEFAULTS);
    }
  }

  /**
   * What a source is cut into.
   *
   * @throws InputException if lines cannot be cut like that
   */
  Level level() {
    return checked(level == null ? LEVEL : level);
  }

  /**
   * What a target is cut into.
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

  /** A new translator, but for the sizes of its vocabularies. */
  Seq2SeqConfig config() {
    return config(
        new Seq2SeqConfig(
            ModelKind.TRANSLATOR.label(),
            CELL,
            level().label(),
            targetLevel().label(),
            1,
            1,
            EMBEDDING,
            HIDDEN,
            LAYERS,
            true,
            hidden == null ? HIDDEN : hidden,
            0));
  }

  /** A translator like {@code like} but for the options given. */
  Seq2SeqConfig config(Seq2SeqConfig like) {
    String source = level == null ? like.sourceLevel() : level;
    try {
      return new Seq2SeqConfig(
          like.kind(),
          cell == null ? like.cell() : Cell.of(cell).label(),
          source,
          targetLevel != null ? targetLevel : level != null ? level : like.targetLevel(),
          like.sourceVocabulary(),
          like.targetVocabulary(),
          embedding == null ? like.embedding() : embedding,
          hidden == null ? like.hidden() : hidden,
          layers == null ? like.layers() : layers,
          !oneWay && like.bidirectional(),
          attention == null ? like.attention() : attention,
          dropout == null ? like.dropout() : dropout);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }
}
