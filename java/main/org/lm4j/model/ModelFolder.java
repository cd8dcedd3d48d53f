package org.lm4j.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * A model on disk: a folder with {@code config.json}, {@code vocab.json} and {@code
 * model.safetensors}. The files name no device and no library; the weights have PyTorch's names.
 */
public final class ModelFolder {
  /** Name of the file that tells the shape. */
  public static final String CONFIG = "config.json";

  /** Name of the file with the tokens in the order of their ids. */
  public static final String VOCABULARY = "vocab.json";

  /** Name of the file with the weights. */
  public static final String WEIGHTS = "model.safetensors";

  static final String FORMAT = "lm4j-1";

  private final Path folder;

  /** The folder at that path, whether it exists or not. */
  public ModelFolder(Path folder) {
    this.folder = folder;
  }

  /** What {@code config.json} holds. */
  private record ConfigFile(
      String format,
      String level,
      String cell,
      int vocabulary,
      int embedding,
      int hidden,
      int layers,
      double dropout,
      boolean tied) {}

  /** What {@code vocab.json} holds: the tokens in the order of their ids. */
  record VocabularyFile(String level, List<String> tokens) {}

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /** {@code model.safetensors} in it. */
  public Path weightsFile() {
    return folder.resolve(WEIGHTS);
  }

  private Path configFile() {
    return folder.resolve(CONFIG);
  }

  private Path vocabularyFile() {
    return folder.resolve(VOCABULARY);
  }

  /** Whether there is a model in it: its configuration at least. */
  public boolean exists() {
    return Files.exists(configFile());
  }

  /** Writes configuration and vocabulary. */
  public void saveDescription(ModelConfig config, Vocabulary vocabulary) {
    Json.write(
        vocabularyFile(), new VocabularyFile(vocabulary.level().label(), vocabulary.tokens()));
    Json.write(
        configFile(),
        new ConfigFile(
            FORMAT,
            vocabulary.level().label(),
            config.cell().label(),
            config.vocabulary(),
            config.embedding(),
            config.hidden(),
            config.layers(),
            config.dropout(),
            config.tied()));
  }

  /** Writes the weights, the old file staying whole until the new one is complete. */
  public void saveWeights(LanguageModel model) {
    saveWeights(weightsFile(), model.backend(), model.parameters());
  }

  /** The same for whatever model. */
  static void saveWeights(Path file, Backend backend, Parameters parameters) {
    try (HostCopies copies = new HostCopies(backend)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Parameter parameter : parameters.all()) {
        tensors.put(parameter.name(), copies.of(parameter.value()));
      }
      SafetensorsWriter.write(file, tensors, Map.of("format", FORMAT));
    }
  }

  /**
   * Reads the configuration.
   *
   * @throws InputException if there is none or it makes no sense
   */
  public ModelConfig config() {
    ConfigFile file = configEntries();
    try {
      return new ModelConfig(
          Cell.of(file.cell),
          file.vocabulary,
          file.embedding,
          file.hidden,
          file.layers,
          file.dropout,
          file.tied);
    } catch (IllegalArgumentException e) {
      throw new InputException(configFile() + ": " + e.getMessage(), e);
    }
  }

  private ConfigFile configEntries() {
    requireFile(configFile());
    ConfigFile file = Json.read(configFile(), ConfigFile.class);
    if (!FORMAT.equals(file.format)) {
      throw new InputException(
          "%s has format '%s'; this version of lm4j reads '%s'"
              .formatted(configFile(), file.format, FORMAT));
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
    requireFile(vocabularyFile());
    VocabularyFile file = Json.read(vocabularyFile(), VocabularyFile.class);
    Vocabulary vocabulary;
    try {
      vocabulary = Vocabulary.of(Level.of(file.level), file.tokens);
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(vocabularyFile() + ": " + e.getMessage(), e);
    }
    if (!config.level.equals(file.level) || config.vocabulary != vocabulary.size()) {
      throw new InputException(
          "%s holds %d %s tokens, but %s speaks of %d at level %s"
              .formatted(
                  vocabularyFile(),
                  vocabulary.size(),
                  file.level,
                  configFile(),
                  config.vocabulary,
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
  public LanguageModel open(Backend backend, boolean training) {
    ModelConfig config = config();
    requireFile(weightsFile());
    LanguageModel model = new LanguageModel(backend, config, training);
    try (SafetensorsFile file = SafetensorsFile.open(weightsFile())) {
      StateDict.load(file, weightsFile(), model);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private void requireFile(Path file) {
    String missing = missing(file);
    if (missing != null) {
      throw new InputException(missing);
    }
  }

  private @Nullable String missing(Path file) {
    if (!Files.isDirectory(folder)) {
      return "there is no model folder " + folder + "; make one with: lm train --model " + folder;
    }
    if (!Files.isRegularFile(file)) {
      return "%s is not a complete model folder: it has no %s"
          .formatted(folder, file.getFileName());
    }
    return null;
  }
}
