package org.lm4j.cli.lm;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.RecurrentOptions;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.TokenizerFile;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.task.lm.size.ModelSize;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a language model. Unset options are null, so that a resumed run can detect what
 * was given.
 */
final class ModelOptions extends RecurrentOptions {
  private static final LanguageModelOptions USUAL = LanguageModelOptions.defaults();

  @Option(
      names = "--level",
      paramLabel = "NAME",
      converter = Choices.Levels.class,
      completionCandidates = Choices.Levels.class,
      description = "What one token is: ${COMPLETION-CANDIDATES} [{level}].")
  private @Nullable Level level;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description =
          "Take subwords from a tokenizer.json of Hugging Face Tokenizers: byte-level BPE, BPE,"
              + " WordPiece or Unigram.")
  private @Nullable Path tokenizer;

  @Option(
      names = "--size",
      paramLabel = "NAME",
      converter = Choices.Sizes.class,
      completionCandidates = Choices.Sizes.class,
      description = {
        "Shape and training by a name, ${COMPLETION-CANDIDATES}; other options replace parts of"
            + " them [none].",
        "Characters and bytes, as in char-rnn: small, 2 layers of 128, is the default shape;"
            + " medium, 2 of 512, and large, 3 of 512, with dropout 0.5, for 50 epochs.",
        "Words and subwords, as Zaremba et al. (2014): small, 2 layers of 200; medium, 2 of 650,"
            + " dropout 0.5; large, 2 of 1500, dropout 0.65; by SGD for 13, 39 and 55 epochs."
      })
  private @Nullable ModelSize size;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Recurrent layers on top of each other [{layers}].")
  private @Nullable Integer layers;

  @Option(
      names = "--embedding-dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Dropout of the embedding alone; 0 trains a model of characters faster [that of"
              + " --dropout].")
  private @Nullable Double embeddingDropout;

  @Option(
      names = "--weight-dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Probability of dropping out recurrent weights, for a whole window at a time, against"
              + " overfitting; try 0.2 to 0.5 [{weight-dropout}].")
  private @Nullable Double weightDropout;

  @Mixin private OutputOptions output;

  @Option(
      names = "--init-range",
      paramLabel = "X",
      description =
          "Initial weights are uniform in [-X, X] [as PyTorch's layers begin: embedding normal,"
              + " the rest within 1/sqrt(hidden)].")
  private @Nullable Double initRange;

  @Option(
      names = "--forget-bias",
      paramLabel = "X",
      converter = Converters.FiniteNumber.class,
      description = "Added to the first bias of an LSTM's forget gate [{forget-bias}].")
  private @Nullable Double forgetBias;

  ModelOptions() {
    super(
        new Texts(
            USUAL.shape().cell().label(),
            "that of --hidden",
            USUAL.shape().hidden(),
            USUAL.shape().dropout(),
            "a token",
            "the embedding, between layers and the output"));
  }

  @Override
  public Map<String, String> helpValues() {
    Map<String, String> values = super.helpValues();
    values.put("level", USUAL.level().label());
    values.put("layers", Integer.toString(USUAL.shape().layers()));
    values.put("weight-dropout", HelpValues.number(DropoutRates.NONE.weights()));
    values.put("forget-bias", HelpValues.number(Initialization.DEFAULT.forgetBias()));
    output.addHelpValues(values);
    return values;
  }

  /** Returns the level asked for, or null. */
  @Nullable Level levelOrNull() {
    return level;
  }

  /** Returns the level. */
  Level level() {
    return level != null ? level : tokenizer != null ? Level.SUBWORD : USUAL.level();
  }

  /** Returns the shape and the training of the size asked for, or null. */
  ModelSize.@Nullable Preset preset() {
    return size == null ? null : size.at(level());
  }

  /**
   * Returns the vocabulary of {@code --tokenizer}, null without it.
   *
   * @throws InputException if it cannot be read, or another level was asked for
   */
  @Nullable Vocabulary vocabulary() {
    if (tokenizer == null) {
      return null;
    }
    if (level() != Level.SUBWORD) {
      throw new InputException("--tokenizer brings subwords; leave out --level or make it bpe.");
    }
    return Vocabulary.of(TokenizerFile.read(tokenizer));
  }

  /** Returns whether {@code --tokenizer} was given. */
  boolean hasTokenizer() {
    return tokenizer != null;
  }

  /** Returns the distribution of the initial weights. */
  Initialization initialization() {
    ModelSize.Preset preset = preset();
    return initialization(preset == null ? Initialization.DEFAULT : preset.initialization());
  }

  /**
   * Returns the distribution of the initial weights, with missing options taken from {@code base}.
   */
  Initialization initialization(Initialization base) {
    return new Initialization(
        initRange == null ? base.range() : initRange,
        forgetBias == null ? base.forgetBias() : forgetBias);
  }

  /** Returns whether the embedding's table is the output layer too. */
  boolean tied() {
    return output.tied();
  }

  /**
   * Returns the shape, with missing options taken from {@code base} or from the defaults; in the
   * latter case the text determines the size of the vocabulary.
   *
   * @throws InputException if it makes no sense
   */
  LanguageModelConfig config(@Nullable LanguageModelConfig base) {
    return config(base, asked -> asked);
  }

  /**
   * Returns the shape with another width of the embedding.
   *
   * @param width gives it from the one asked for, 0 for that of {@code --hidden}
   */
  LanguageModelConfig config(@Nullable LanguageModelConfig base, IntUnaryOperator width) {
    ModelSize.Preset preset = base == null ? preset() : null;
    LanguageModelOptions.Shape usual =
        preset == null ? USUAL.shape() : preset.applyTo(USUAL).shape();
    DropoutRates dropped = preset == null ? DropoutRates.NONE : preset.rates();
    int wide = hidden(base != null ? base.hidden() : usual.hidden());
    int asked = embedding(base != null ? base.embedding() : 0);
    int embedded = width.applyAsInt(asked);
    return Asked.valid(
        () ->
            new LanguageModelConfig(
                Cell.of(cell((base != null ? base.cell() : USUAL.shape().cell()).label())),
                base == null ? 1 : base.vocabulary(),
                embedded == 0 ? wide : embedded,
                wide,
                layers != null ? layers : base != null ? base.layers() : usual.layers(),
                rates(base == null ? dropped : base.rates()),
                output.config(base == null ? OutputConfig.full(false) : base.output())));
  }

  /**
   * Returns the dropout rates; that of the embedding equals the others unless it was given
   * separately, now or in {@code base}.
   */
  private DropoutRates rates(DropoutRates base) {
    double units = dropout(base.units());
    double embedding = base.embedding() == base.units() ? units : base.embedding();
    return new DropoutRates(
        units,
        embeddingDropout == null ? embedding : embeddingDropout,
        weightDropout == null ? base.weights() : weightDropout);
  }
}
