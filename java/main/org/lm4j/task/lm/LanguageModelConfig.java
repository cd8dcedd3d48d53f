package org.lm4j.task.lm;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.io.Flat;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.ModelFiles;
import org.lm4j.nn.softmax.Clusters;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;

/**
 * The shape of a recurrent language model.
 *
 * @param cell the recurrent cell
 * @param vocabulary number of tokens {@code V}
 * @param embedding width {@code D} of the embedding
 * @param hidden width {@code H} of every recurrent layer
 * @param layers number {@code L} of recurrent layers
 * @param rates the dropout rates in training
 * @param output the output layer
 */
public record LanguageModelConfig(
    Cell cell,
    int vocabulary,
    int embedding,
    int hidden,
    int layers,
    DropoutRates rates,
    OutputConfig output) {
  private static final int MOST_LAYERS = 1024; // each costs objects too, regardless of its width
  private static final double MAX_WEIGHTS = 2e9; // one buffer holds them all, indexed by int

  /** The content of {@code config.json}. */
  private record ConfigFile(
      String format,
      String level,
      String cell,
      int vocabulary,
      int embedding,
      int hidden,
      int layers,
      double dropout,
      @Nullable Double embeddingDropout, // not in folders written before there were any
      @Nullable Double weightDropout,
      boolean tied,
      @Flat OutputConfig.Entry output,
      @Flat SegmentationEntry segmentation) {}

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public LanguageModelConfig {
    if (vocabulary < 1 || embedding < 1 || hidden < 1 || layers < 1) {
      throw new IllegalArgumentException(
          "vocabulary, embedding, hidden and layers must be at least 1, not %d, %d, %d, %d"
              .formatted(vocabulary, embedding, hidden, layers));
    }
    if (layers > MOST_LAYERS) {
      throw new IllegalArgumentException(
          "there can be %d layers, not %,d".formatted(MOST_LAYERS, layers));
    }
    if (output.tied() && embedding != hidden) {
      throw new IllegalArgumentException(
          "tied weights need embedding = hidden, but they are %d and %d"
              .formatted(embedding, hidden));
    }
    if (rates.weights() > 0 && !cell.hasRecurrentWeights()) {
      throw new IllegalArgumentException(
          "dropout of recurrent weights needs some, but the cell %s has none"
              .formatted(cell.label()));
    }
    boolean clustered = output.isAdaptive() && !output.cutoffs().isEmpty() && vocabulary > 1;
    double rows = output.tied() || output.isAdaptive() ? 0 : hidden; // of the output layer
    double weights =
        approximateSize(cell, vocabulary, embedding, hidden, layers)
            + (clustered ? clusters(vocabulary, hidden, output).weights() : vocabulary * rows);
    if (weights > MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          ("a model of embedding %d, hidden %d and %d layers over %d tokens would have %.0f"
                  + " weights; there can be %.0f: make one of them smaller")
              .formatted(embedding, hidden, layers, vocabulary, weights, MAX_WEIGHTS));
    }
  }

  /**
   * Creates a configuration with the same dropout rate everywhere, except for weights.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  public LanguageModelConfig( // as many as the record has
      Cell cell,
      int vocabulary,
      int embedding,
      int hidden,
      int layers,
      double dropout,
      boolean tied) {
    this(cell, vocabulary, embedding, hidden, layers, DropoutRates.of(dropout), tied);
  }

  /**
   * Creates a configuration with full softmax.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  public LanguageModelConfig( // as many as the record has
      Cell cell,
      int vocabulary,
      int embedding,
      int hidden,
      int layers,
      DropoutRates rates,
      boolean tied) {
    this(cell, vocabulary, embedding, hidden, layers, rates, OutputConfig.full(tied));
  }

  /** Returns a copy with other dropout rates. */
  public LanguageModelConfig withRates(DropoutRates other) {
    return new LanguageModelConfig(cell, vocabulary, embedding, hidden, layers, other, output);
  }

  /** Returns a copy with another output layer. */
  public LanguageModelConfig withOutput(OutputConfig other) {
    return new LanguageModelConfig(cell, vocabulary, embedding, hidden, layers, rates, other);
  }

  /** Returns whether the output layer uses the embedding's table. */
  public boolean tied() {
    return output.tied();
  }

  /**
   * Returns the division of the words, of a model with adaptive softmax.
   *
   * @throws IllegalArgumentException if its cutoffs do not fit the vocabulary
   */
  public Clusters clusters() {
    return clusters(vocabulary, hidden, output);
  }

  private static Clusters clusters(int vocabulary, int hidden, OutputConfig output) {
    return new Clusters(vocabulary, hidden, output.cutoffs(), output.divisor());
  }

  /**
   * Estimates the number of weights without the output layer in floating point, which does not
   * overflow; biases and padding are within the limit's margin.
   */
  private static double approximateSize(
      Cell cell, int vocabulary, int embedding, int hidden, int layers) {
    double rows = (double) cell.gates() * hidden;
    double stack = rows * ((double) embedding + hidden) + (layers - 1.0) * rows * 2.0 * hidden;
    return stack + (double) vocabulary * embedding + 64.0 * layers;
  }

  /** Returns the recurrent stack. */
  public RnnSpec rnn() {
    return new RnnSpec(cell, embedding, hidden, layers, rates.units());
  }

  /**
   * Returns a copy for another vocabulary.
   *
   * @throws IllegalArgumentException if a range is broken
   */
  LanguageModelConfig sized(int tokens) {
    return new LanguageModelConfig(cell, tokens, embedding, hidden, layers, rates, output);
  }

  /** Writes configuration and vocabulary of a model of one stream. */
  public void save(ModelFiles files, Vocabulary tokens) {
    save(files, tokens, Segmentation.STREAM);
  }

  /**
   * Writes configuration and vocabulary of a model.
   *
   * @param segmentation of the text that it is trained on
   */
  public void save(ModelFiles files, Vocabulary tokens, Segmentation segmentation) {
    files.saveVocabulary(ModelFiles.VOCABULARY, tokens);
    files.saveConfig(
        new ConfigFile(
            ModelFiles.FORMAT,
            tokens.level().label(),
            cell.label(),
            vocabulary,
            embedding,
            hidden,
            layers,
            rates.units(),
            rates.embedding(),
            rates.weights(),
            output.tied(),
            output.entry(),
            SegmentationEntry.of(segmentation)));
  }

  /**
   * Reads the configuration of a saved model.
   *
   * @throws InputException if there is none or it makes no sense
   */
  public static LanguageModelConfig read(ModelFiles files) {
    ConfigFile file = entries(files);
    try {
      LanguageModelConfig config =
          new LanguageModelConfig(
              Cell.of(file.cell),
              file.vocabulary,
              file.embedding,
              file.hidden,
              file.layers,
              new DropoutRates(
                  file.dropout,
                  file.embeddingDropout == null ? file.dropout : file.embeddingDropout,
                  file.weightDropout == null ? 0 : file.weightDropout),
              OutputConfig.of(file.output, file.tied));
      if (config.output.isAdaptive()) {
        config.clusters(); // checked, for nothing is chosen any more
      }
      return config;
    } catch (IllegalArgumentException e) {
      throw new InputException(files.config() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads how the text of a saved model was divided into sequences.
   *
   * @throws InputException if its configuration makes no sense
   */
  public static Segmentation segmentation(ModelFiles files) {
    try {
      return entries(files).segmentation.segmentation();
    } catch (IllegalArgumentException e) {
      throw new InputException(files.config() + ": " + e.getMessage(), e);
    }
  }

  private static ConfigFile entries(ModelFiles files) {
    ConfigFile file = files.config(ConfigFile.class);
    if (!ModelFiles.FORMAT.equals(file.format)) {
      throw new InputException(
          "%s has format '%s'; this version of lm4j reads '%s'"
              .formatted(files.config(), file.format, ModelFiles.FORMAT));
    }
    return file;
  }

  /**
   * Reads the vocabulary of a saved model.
   *
   * @throws InputException if there is none or it contradicts the configuration
   */
  public static Vocabulary vocabulary(ModelFiles files) {
    ConfigFile config = entries(files);
    Vocabulary tokens = files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary);
    if (!config.level.equals(tokens.level().label())) {
      throw new InputException(
          "%s holds tokens at level %s, but %s specifies level %s"
              .formatted(
                  files.path().resolve(ModelFiles.VOCABULARY),
                  tokens.level().label(),
                  files.config(),
                  config.level));
    }
    return tokens;
  }
}
