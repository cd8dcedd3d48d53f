package org.lm4j.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.FileGroup;
import org.lm4j.io.ForeignFiles;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.tensor.DType;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;

/**
 * A model of any kind on disk: a folder with {@code config.json}, {@code model.safetensors}, and
 * lists of words or labels where the kind has them. The files name no device and no library.
 */
public final class ModelFiles {
  /** The name of the configuration file, which holds kind and shape. */
  public static final String CONFIG = "config.json";

  /** The name of the file with the tokens in the order of their ids. */
  public static final String VOCABULARY = "vocab.json";

  /** The name of the file with the tokenizer of a vocabulary of subwords. */
  public static final String TOKENIZER = "tokenizer.json";

  /** The name of the file with the target tokens, if they differ from the source tokens. */
  public static final String TARGET_VOCABULARY = "target-vocab.json";

  /** The name of the file with a classifier's labels, in the order of its scores. */
  public static final String LABELS = "labels.json";

  /** The name of the file with the characters of words, in the order of their ids. */
  public static final String CHARACTERS = "characters.json";

  /** The name of the file with the values of additional columns, in the order of their ids. */
  public static final String FEATURES = "features.json";

  /** The name of the file with the weights. */
  public static final String WEIGHTS = "model.safetensors";

  /** The name of the file with the state of a training run. */
  public static final String CHECKPOINT = "checkpoint.safetensors";

  /** The name of the training log. */
  public static final String LOG = "log.jsonl";

  /** The name of the file that says how the model was trained, see {@link TrainingRecord}. */
  public static final String TRAINING = "training.json";

  /** All files that lm4j writes into a model folder. */
  private static final List<String> NAMES =
      List.of(
          CONFIG,
          VOCABULARY,
          TOKENIZER,
          TARGET_VOCABULARY,
          LABELS,
          CHARACTERS,
          FEATURES,
          TRAINING,
          WEIGHTS,
          LOG,
          CorpusBuilder.TRAIN,
          CorpusBuilder.VALID,
          CHECKPOINT);

  public static final String FORMAT = "lm4j-1";

  private final Path folder;
  private final ModelKind kind;
  private final FileGroup group;
  private final boolean aside;

  /** Creates access to the folder at a path, whether it exists or not. */
  public ModelFiles(Path folder, ModelKind kind) {
    this(folder, kind, false);
  }

  private ModelFiles(Path folder, ModelKind kind, boolean aside) {
    this.folder = folder;
    this.kind = kind;
    this.group = group(folder);
    this.aside = aside;
    requireJson();
  }

  private static void requireJson() {
    try {
      Json.requireLibrary();
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "the files of a model are JSON, which lm4j reads with Jackson 3, but Jackson is missing at"
              + " run time; add tools.jackson.core:jackson-databind and the libraries it needs",
          e);
    }
  }

  /**
   * Returns a folder in which a model is assembled, to take effect later as part of a {@link
   * FileGroup.Change}: files in it are written without checksums, which the change adds.
   */
  public static ModelFiles aside(Path folder, ModelKind kind) {
    return new ModelFiles(folder, kind, true);
  }

  /** Returns the files of a model folder, to be replaced together. */
  public static FileGroup group(Path folder) {
    return new FileGroup(folder, NAMES);
  }

  /** Returns the names of the files that say what a model is, besides its weights. */
  public static List<String> description() {
    Set<String> others = Set.of(WEIGHTS, LOG, CorpusBuilder.TRAIN, CorpusBuilder.VALID, CHECKPOINT);
    return NAMES.stream().filter(name -> !others.contains(name)).toList();
  }

  /** Returns the path of the folder. */
  public Path path() {
    return folder;
  }

  /** Returns the path of {@code model.safetensors} for messages. */
  public Path weights() {
    return folder.resolve(WEIGHTS);
  }

  /** Returns the path of {@code config.json} for messages. */
  public Path config() {
    return folder.resolve(CONFIG);
  }

  /** Returns whether there is a model in it: its configuration at least. */
  public boolean exists() {
    return group.exists(CONFIG);
  }

  /** Writes the configuration. */
  public void saveConfig(Record config) {
    save(CONFIG, file -> Json.write(file, config));
  }

  /** Writes a file of the folder: immediately, or together with all others of a staged model. */
  void save(String name, Consumer<Path> writer) {
    if (aside) {
      writer.accept(folder.resolve(name));
      return;
    }
    try (FileGroup.Change change = group.change()) {
      writer.accept(change.path().resolve(name));
      change.commit();
    }
  }

  /** Reads a file of the folder, compared with its checksum. */
  byte[] read(String name) {
    return group.read(name);
  }

  /** Reads a JSON file of the folder, compared with its checksum. */
  <T> T read(String name, Class<T> type) {
    return Json.parse(read(name), folder.resolve(name).toString(), type);
  }

  /**
   * Reads the configuration.
   *
   * @throws InputException if there is none, it is invalid, or it is of another kind
   */
  public <C extends Record> C config(Class<C> type) {
    require(CONFIG);
    try {
      return read(CONFIG, type);
    } catch (InputException e) {
      String foreign = ForeignFiles.notModelFolder(folder);
      if (foreign != null) {
        throw new InputException(foreign, e);
      }
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
   * Writes tokens, and the tokenizer of subwords.
   *
   * @param name {@link #VOCABULARY}, {@link #TARGET_VOCABULARY} or {@link #CHARACTERS}
   */
  public void saveVocabulary(String name, Vocabulary vocabulary) {
    ListFile.saveVocabulary(this, name, vocabulary);
  }

  /**
   * Reads tokens.
   *
   * @param name {@link #VOCABULARY}, {@link #TARGET_VOCABULARY} or {@link #CHARACTERS}
   * @param size the number in the configuration
   * @throws InputException if there are none, not as many, or they are not a vocabulary
   */
  public Vocabulary vocabulary(String name, int size) {
    return ListFile.vocabulary(this, name, size);
  }

  /** Writes how the model was trained. */
  public void saveTraining(TrainingRecord record) {
    save(TRAINING, file -> Json.write(file, record));
  }

  /** Writes labels. */
  public void saveLabels(List<String> labels) {
    ListFile.saveLabels(this, labels);
  }

  /**
   * Reads labels.
   *
   * @param size the number in the configuration
   * @throws InputException if there are none, or not as many
   */
  public List<String> labels(int size) {
    return ListFile.labels(this, size);
  }

  /** Writes the values of features. */
  public void saveFeatures(List<Vocabulary> features) {
    ListFile.saveFeatures(this, features);
  }

  /**
   * Reads the values of features.
   *
   * @param sizes the numbers in the configuration
   * @throws InputException if there are none, not as many, or they do not begin with {@code <unk>}
   */
  public List<Vocabulary> features(List<Integer> sizes) {
    return ListFile.features(this, sizes);
  }

  /** Writes the weights; the old file stays intact until the new one is complete. */
  public void saveWeights(Model model) {
    saveWeights(model, model.backend().dtype());
  }

  /** Writes the weights, rounded to {@code dtype}, regardless of the backend's type. */
  public void saveWeights(Model model, DType dtype) {
    saveWeights(model, dtype, null);
  }

  /**
   * Writes the weights of a run that has not finished and has not validated yet.
   *
   * @param unfinished how far it has come, for a warning to users of the weights; null for weights
   *     without such a reservation
   */
  public void saveWeights(Model model, @Nullable String unfinished) {
    saveWeights(model, model.backend().dtype(), unfinished);
  }

  private void saveWeights(Model model, DType dtype, @Nullable String unfinished) {
    save(WEIGHTS, file -> WeightFile.write(file, model, dtype, unfinished));
  }

  /**
   * Creates a model and loads its weights. No memory is allocated until the shapes of the weights
   * agree with the configuration and are known to fit into memory.
   *
   * @param maker makes the model on a backend, all weights zero
   * @throws InputException if the file is missing, damaged, or contradicts the configuration, or
   *     there is not as much memory
   */
  public <M extends Model> M fill(Backend backend, Function<Backend, M> maker) {
    require(WEIGHTS);
    try (SafetensorsFile file = group.open(WEIGHTS)) {
      return WeightFile.fill(this, file, backend, maker);
    }
  }

  /**
   * Checks that a file exists.
   *
   * @throws InputException if it is not, with the command that makes a model
   */
  public void require(String name) {
    String foreign = Files.isDirectory(folder) ? null : ForeignFiles.notModelFolder(folder);
    if (foreign != null) {
      throw new InputException(foreign);
    }
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          "there is no model folder %s; make one with: %s".formatted(folder, kind.maker()));
    }
    if (!Files.isRegularFile(group.locate(name))) {
      throw incomplete(folder, name);
    }
  }

  /** Returns the refusal of a folder that lacks a file. */
  public static InputException incomplete(Path folder, String name) {
    if (name.equals(WEIGHTS) && group(folder).exists(CHECKPOINT)) {
      return new InputException(
          "%s has no %s yet: the run in it was stopped before its weights were kept, and they are only in its checkpoint; resume the run, with an earlier end if you like"
              .formatted(folder, name));
    }
    return new InputException(
        "%s is not a complete model folder: it has no %s".formatted(folder, name));
  }

  /**
   * Returns the tokens of a run in the folder, compared with their checksum.
   *
   * @param name {@link CorpusBuilder#TRAIN} or {@link CorpusBuilder#VALID}
   * @throws InputException if they are missing or damaged
   */
  public TokenFile tokens(String name) {
    TokenFile tokens = TokenFile.open(group.locate(name));
    boolean good = false;
    try {
      if (!aside && !group.check(name)) {
        tokens.verify();
      }
      good = true;
      return tokens;
    } finally {
      if (!good) {
        tokens.close();
      }
    }
  }

  /** Returns whether there are tokens of that name. */
  public boolean hasTokens(String name) {
    return group.exists(name);
  }

  /**
   * Opens the weights, compared with their checksum.
   *
   * @throws InputException if the file is missing or damaged
   */
  public static SafetensorsFile openWeights(Path folder) {
    FileGroup group = group(folder);
    if (!Files.isRegularFile(group.locate(WEIGHTS))) {
      throw incomplete(folder, WEIGHTS);
    }
    return group.open(WEIGHTS);
  }

  /**
   * Returns the fields of the configuration of a model of any kind, as strings.
   *
   * @throws InputException if there is none, or it is damaged or no object of single values
   */
  public static Map<String, String> fields(Path folder) {
    return Json.fields(group(folder).read(CONFIG), folder.resolve(CONFIG).toString());
  }
}
