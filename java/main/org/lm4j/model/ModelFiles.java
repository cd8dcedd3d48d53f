package org.lm4j.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * A model of whatever kind on disk: a folder with {@code config.json}, {@code model.safetensors},
 * and lists of words or labels where the kind has them. The files name no device and no library.
 */
public final class ModelFiles {
  /** Name of the file that tells kind and shape. */
  public static final String CONFIG = "config.json";

  /** Name of the file with the tokens in the order of their ids. */
  public static final String VOCABULARY = "vocab.json";

  /** Name of the file with the tokens that are written, where they are others than those read. */
  public static final String TARGET_VOCABULARY = "target-vocab.json";

  /** Name of the file with what a classifier can answer, in the order of its scores. */
  public static final String LABELS = "labels.json";

  /** Name of the file with the characters words are read by, in the order of their ids. */
  public static final String CHARACTERS = "characters.json";

  /** Name of the file with the values of what is read beside words, in the order of their ids. */
  public static final String FEATURES = "features.json";

  /** Name of the file with the weights. */
  public static final String WEIGHTS = "model.safetensors";

  static final String FORMAT = "lm4j-1";

  private final Path folder;
  private final ModelKind kind;

  /** The folder at that path, whether it exists or not. */
  public ModelFiles(Path folder, ModelKind kind) {
    this.folder = folder;
    this.kind = kind;
  }

  /** What a list of tokens is saved as. */
  record VocabularyFile(String level, List<String> tokens) {}

  /** What a list of labels is saved as. */
  private record LabelsFile(List<String> labels) {}

  /** What the values of features are saved as. */
  private record FeaturesFile(List<List<String>> features) {}

  /** Where it is. */
  public Path path() {
    return folder;
  }

  /** {@code model.safetensors} in it. */
  public Path weights() {
    return folder.resolve(WEIGHTS);
  }

  /** {@code config.json} in it. */
  public Path config() {
    return folder.resolve(CONFIG);
  }

  /** Whether there is a model in it: its configuration at least. */
  public boolean exists() {
    return Files.exists(config());
  }

  /** Writes the configuration. */
  public void saveConfig(Record config) {
    Json.write(config(), config);
  }

  /**
   * Reads the configuration.
   *
   * @throws InputException if there is none, it makes no sense, or it is that of another kind
   */
  public <C extends Record> C config(Class<C> type) {
    require(CONFIG);
    try {
      return Json.read(config(), type);
    } catch (InputException e) {
      ModelKind found = ModelKind.of(folder);
      if (found == kind) {
        throw e;
      }
      throw new InputException(
          "%s holds %s, not %s; make one with: %s"
              .formatted(folder, found.words(), kind.words(), kind.maker()),
          e);
    }
  }

  /**
   * Writes tokens.
   *
   * @param name {@link #VOCABULARY}, {@link #TARGET_VOCABULARY} or {@link #CHARACTERS}
   */
  public void saveVocabulary(String name, Vocabulary vocabulary) {
    Json.write(
        folder.resolve(name), new VocabularyFile(vocabulary.level().label(), vocabulary.tokens()));
  }

  /**
   * Reads tokens.
   *
   * @param name {@link #VOCABULARY}, {@link #TARGET_VOCABULARY} or {@link #CHARACTERS}
   * @param size how many the configuration speaks of
   * @throws InputException if there are none, not as many, or they are no vocabulary
   */
  public Vocabulary vocabulary(String name, int size) {
    require(name);
    Path path = folder.resolve(name);
    VocabularyFile file = Json.read(path, VocabularyFile.class);
    requireSize(path, file.tokens.size(), size);
    try {
      return Vocabulary.of(Level.of(file.level), file.tokens);
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(path + ": " + e.getMessage(), e);
    }
  }

  /** Writes labels. */
  public void saveLabels(List<String> labels) {
    Json.write(folder.resolve(LABELS), new LabelsFile(labels));
  }

  /**
   * Reads labels.
   *
   * @param size how many the configuration speaks of
   * @throws InputException if there are none, or not as many
   */
  public List<String> labels(int size) {
    require(LABELS);
    Path path = folder.resolve(LABELS);
    List<String> labels = Json.read(path, LabelsFile.class).labels;
    requireSize(path, labels.size(), size);
    return labels;
  }

  /** Writes the values of features. */
  public void saveFeatures(List<Vocabulary> features) {
    Json.write(
        folder.resolve(FEATURES),
        new FeaturesFile(features.stream().map(Vocabulary::tokens).toList()));
  }

  /**
   * Reads the values of features.
   *
   * @param sizes how many of each the configuration speaks of
   * @throws InputException if there are none, not as many, or they do not begin with {@code <unk>}
   */
  public List<Vocabulary> features(List<Integer> sizes) {
    require(FEATURES);
    Path path = folder.resolve(FEATURES);
    List<List<String>> lists = Json.read(path, FeaturesFile.class).features;
    requireSize(path, lists.size(), sizes.size());
    List<Vocabulary> features = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      requireSize(path, lists.get(i).size(), sizes.get(i));
      try {
        features.add(Vocabulary.of(Level.WORD, lists.get(i)));
      } catch (InputException e) {
        throw new InputException(path + ": " + e.getMessage(), e);
      }
      if (features.getLast().unknown() != 0) {
        throw new InputException(path + ": a list does not begin with " + Vocabulary.UNKNOWN);
      }
    }
    return features;
  }

  private void requireSize(Path path, int found, int size) {
    if (found != size) {
      throw new InputException(
          "%s holds %d entries, but %s speaks of %d".formatted(path, found, config(), size));
    }
  }

  /** Writes the weights, the old file staying whole until the new one is complete. */
  public void saveWeights(Model model) {
    try (HostCopies copies = new HostCopies(model.backend())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters().all()) {
        tensors.put(parameter.name(), copies.of(parameter.value()));
      }
      SafetensorsWriter.write(weights(), tensors, Map.of("format", FORMAT));
    }
  }

  /**
   * Fills a model with the weights, or closes it.
   *
   * @return the model
   * @throws InputException if the file is missing, damaged, or contradicts the configuration
   */
  public <M extends Model> M fill(M model) {
    try {
      require(WEIGHTS);
      try (SafetensorsFile file = SafetensorsFile.open(weights())) {
        StateDict.load(file, weights(), model);
      }
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Sees to it that a file is there.
   *
   * @throws InputException if it is not, with the command that makes a model
   */
  void require(String name) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          "there is no model folder %s; make one with: %s --model %s"
              .formatted(folder, kind.maker(), folder));
    }
    if (!Files.isRegularFile(folder.resolve(name))) {
      throw new InputException(
          "%s is not a complete model folder: it has no %s".formatted(folder, name));
    }
  }
}
