package org.lm4j.task.lm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.tensor.DType;
import org.lm4j.text.TokenFile;
import org.lm4j.text.Vocabulary;

/**
 * A language model on disk: {@link ModelFiles} with {@code config.json}, {@code vocab.json} and
 * {@code model.safetensors}. The weights have PyTorch's names.
 */
public final class LanguageModelFolder {
  private final ModelFiles files;

  /** The folder at that path, whether it exists or not. */
  public LanguageModelFolder(Path folder) {
    this(new ModelFiles(folder, ModelKind.LANGUAGE_MODEL));
  }

  private LanguageModelFolder(ModelFiles files) {
    this.files = files;
  }

  /** A folder in which a model is put together, see {@link ModelFiles#aside}. */
  public static LanguageModelFolder aside(Path folder) {
    return new LanguageModelFolder(ModelFiles.aside(folder, ModelKind.LANGUAGE_MODEL));
  }

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
      boolean tied) {}

  /** Where it is. */
  public Path path() {
    return files.path();
  }

  /** What messages call {@code model.safetensors} in it. */
  public Path weightsFile() {
    return files.weights();
  }

  /** Returns the tokens of a run in it, see {@link ModelFiles#tokens}. */
  public TokenFile tokens(String name) {
    return files.tokens(name);
  }

  /** Returns whether there are tokens of that name. */
  public boolean hasTokens(String name) {
    return files.hasTokens(name);
  }

  /** Returns whether there is a model in it: its configuration at least. */
  public boolean exists() {
    return files.exists();
  }

  /** Writes configuration and vocabulary. */
  public void saveDescription(LanguageModelConfig config, Vocabulary vocabulary) {
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    files.saveConfig(
        new ConfigFile(
            ModelFiles.FORMAT,
            vocabulary.level().label(),
            config.cell().label(),
            config.vocabulary(),
            config.embedding(),
            config.hidden(),
            config.layers(),
            config.rates().units(),
            config.rates().embedding(),
            config.rates().weights(),
            config.tied()));
  }

  /** Writes the weights, the old file staying whole until the new one is complete. */
  public void saveWeights(LanguageModelNetwork model) {
    files.saveWeights(model);
  }

  /** The same, rounded to {@code dtype}, whatever the backend computes in. */
  public void saveWeights(LanguageModelNetwork model, DType dtype) {
    files.saveWeights(model, dtype);
  }

  /** The same, of a run that is not over, see {@link ModelFiles#saveWeights(Model, String)}. */
  public void saveWeights(LanguageModelNetwork model, @Nullable String unfinished) {
    files.saveWeights(model, unfinished);
  }

  /**
   * Reads the configuration.
   *
   * @throws InputException if there is none or it makes no sense
   */
  public LanguageModelConfig config() {
    ConfigFile file = configEntries();
    try {
      return new LanguageModelConfig(
          Cell.of(file.cell),
          file.vocabulary,
          file.embedding,
          file.hidden,
          file.layers,
          new DropoutRates(
              file.dropout,
              file.embeddingDropout == null ? file.dropout : file.embeddingDropout,
              file.weightDropout == null ? 0 : file.weightDropout),
          file.tied);
    } catch (IllegalArgumentException e) {
      throw new InputException(files.config() + ": " + e.getMessage(), e);
    }
  }

  private ConfigFile configEntries() {
    ConfigFile file = files.config(ConfigFile.class);
    if (!ModelFiles.FORMAT.equals(file.format)) {
      throw new InputException(
          "%s has format '%s'; this version of lm4j reads '%s'"
              .formatted(files.config(), file.format, ModelFiles.FORMAT));
    }
    return file;
  }

  /**
   * Reads the vocabulary.
   *
   * @throws InputException if there is none or it contradicts the configuration
   */
  public Vocabulary vocabulary() {
    ConfigFile config = configEntries();
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary);
    if (!config.level.equals(vocabulary.level().label())) {
      throw new InputException(
          "%s holds tokens at level %s, but %s speaks of level %s"
              .formatted(
                  path().resolve(ModelFiles.VOCABULARY),
                  vocabulary.level().label(),
                  files.config(),
                  config.level));
    }
    return vocabulary;
  }

  /**
   * Opens the model on {@code backend}.
   *
   * @param training whether gradients are wanted
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public LanguageModelNetwork open(Backend backend, boolean training) {
    LanguageModelConfig config = config();
    files.require(ModelFiles.WEIGHTS);
    return files.fill(backend, on -> new LanguageModelNetwork(on, config, training));
  }
}
