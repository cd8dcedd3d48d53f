package org.lm4j.task.card;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TrainingRecord;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.Run;
import org.lm4j.train.TrainingProgress;
import org.lm4j.train.log.MetricsHistory;

/**
 * What a model folder knows about its model.
 *
 * @param folder the name of the folder
 * @param config the fields of the configuration
 * @param weights their number and the types they are stored in
 * @param record of the training; null in folders of earlier versions
 * @param figures of validation
 */
record CardFacts(
    String folder,
    ModelKind kind,
    Map<String, String> config,
    Weights weights,
    @Nullable TrainingRecord record,
    Figures figures) {

  /**
   * The weights of a model.
   *
   * @param count their number
   * @param types of the file, as safetensors calls them
   * @param bytes the length of the file
   */
  record Weights(long count, String types, long bytes) {}

  /**
   * The figures of the validation whose weights are in the folder.
   *
   * @param steps of training done; null if they are not known
   * @param loss mean over the targets; null if nothing was validated, or it is not known
   * @param accuracy part of the targets that were predicted; null where it is not measured
   * @param bitsPerCharacter of a language model; null where it is not known, or text is unknown to
   *     the model
   */
  record Figures(
      @Nullable Long steps,
      @Nullable Double loss,
      @Nullable Double accuracy,
      @Nullable Double bitsPerCharacter) {}

  /**
   * Collects the facts of a model folder.
   *
   * @throws InputException if it holds no model, or a file is damaged
   */
  static CardFacts of(Path folder) {
    ModelKind kind = ModelKind.of(folder);
    Map<String, String> config = ModelFiles.fields(folder);
    TrainingRecord record = TrainingRecord.read(folder);
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return new CardFacts(
        name == null ? "model" : name.toString(),
        kind,
        config,
        weights(folder),
        record,
        figures(folder, kind, config, record));
  }

  /** Returns whether {@code exp} of a loss is a perplexity. */
  boolean hasPerplexity() {
    return kind == ModelKind.LANGUAGE_MODEL || kind == ModelKind.TRANSLATOR;
  }

  /** Returns the value of a field of the configuration; empty if it has none. */
  String field(String name) {
    return Objects.requireNonNullElse(config.get(name), "");
  }

  private static Weights weights(Path folder) {
    long count = 0;
    TreeSet<String> types = new TreeSet<>();
    try (SafetensorsFile file = ModelFiles.openWeights(folder)) {
      for (String name : file.names()) {
        count += file.shape(name).size();
        types.add(file.storedType(name).toString());
      }
      return new Weights(count, String.join(", ", types), file.sum().bytes());
    }
  }

  private static Figures figures(
      Path folder, ModelKind kind, Map<String, String> config, @Nullable TrainingRecord record) {
    Long steps = null;
    Double loss = null;
    TrainingRecord.Result result = record == null ? null : record.result();
    if (Run.canResume(folder)) { // is newer than the record of a run that was killed
      TrainingProgress progress = Run.progressOf(folder);
      steps = progress.step();
      loss = progress.bestLoss().stream().boxed().findFirst().orElse(null);
    } else if (result != null) {
      steps = result.steps();
      loss = result.validationLoss();
    }
    Double bits =
        kind == ModelKind.LANGUAGE_MODEL && loss != null
            ? bitsPerCharacter(loss, config, record == null ? null : record.text())
            : null;
    return new Figures(steps, loss, accuracy(folder, loss), bits);
  }

  /**
   * Returns the accuracy of a validation, by the log.
   *
   * @param of its loss; null for the lowest
   */
  private static @Nullable Double accuracy(Path folder, @Nullable Double of) {
    if (!Files.exists(ModelFiles.group(folder).locate(MetricsLog.FILE))) {
      return null;
    }
    List<Map<String, Double>> lines = MetricsHistory.read(folder).lines();
    Double least = null;
    Double accuracy = null;
    for (Map<String, Double> line : lines) {
      Double loss = line.get("validation_loss");
      boolean asked = of == null || of.equals(loss);
      if (loss != null && asked && (least == null || loss < least)) {
        least = loss;
        accuracy = line.get("validation_accuracy");
      }
    }
    return accuracy;
  }

  private static @Nullable Double bitsPerCharacter(
      double loss, Map<String, String> config, TrainingRecord.@Nullable Text text) {
    TrainingRecord.Counts targets = text == null ? null : text.validation();
    if (targets != null) {
      return targets.unknown() > 0 || targets.characters() == 0
          ? null
          : loss / Math.log(2) * targets.tokens() / targets.characters();
    }
    return "char".equals(config.get("level")) ? Double.valueOf(loss / Math.log(2)) : null;
  }
}
