package org.lm4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Precision;
import org.lm4j.io.FileGroup;
import org.lm4j.io.FileSum;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.model.HostCopies;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.StateDict;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/**
 * A training run on disk: weights, optimizer moments, the state of each stream, recipe and progress
 * in one safetensors file, written atomically. It names no device, so a run begun on one machine
 * continues on another, but the numbers in which matrices were multiplied last.
 */
public final class Checkpoint {
  /** The name of the file in the model folder. */
  public static final String FILE = ModelFiles.CHECKPOINT;

  private static final String FORMAT_KEY = "lm4j.checkpoint";
  private static final String FORMAT = "1";
  private static final String PLAN_KEY = "plan";
  private static final String PROGRESS_KEY = "progress";
  private static final String WEIGHTS_KEY = "weights";
  private static final String PRECISION_KEY = "precision";

  private final FileGroup group;
  private final Path file; // what messages call it

  /** Creates access to the checkpoint of a model folder, whether it exists or not. */
  public Checkpoint(Path folder) {
    this.group = ModelFiles.group(folder);
    this.file = folder.resolve(FILE);
  }

  /** Returns whether there is one. */
  public boolean exists() {
    return group.exists(FILE);
  }

  /** Returns the plan of the run. */
  public RunPlan plan() {
    try (SafetensorsFile saved = group.open(FILE)) {
      return Json.parse(entry(saved, PLAN_KEY), file.toString(), RunPlan.class);
    }
  }

  /** Returns the progress of the run. */
  public TrainingProgress progress() {
    try (SafetensorsFile saved = group.open(FILE)) {
      return Json.parse(entry(saved, PROGRESS_KEY), file.toString(), TrainingProgress.class);
    }
  }

  /**
   * Returns the numbers in which the run multiplied matrices last, see {@link Precision#nameOf};
   * null in checkpoints of older versions.
   */
  public @Nullable String precision() {
    try (SafetensorsFile saved = group.open(FILE)) {
      return saved.metadata().get(PRECISION_KEY);
    }
  }

  /**
   * A saved run.
   *
   * @param progress how far it had come
   * @param weights length and checksum of the best weights kept so far, which are a file of their
   *     own; null if there were none, or in checkpoints of older versions
   */
  record Saved(TrainingProgress progress, @Nullable FileSum weights) {}

  /**
   * Writes the run as it stands.
   *
   * @param into the folder to write the file to
   */
  static void save(
      Path into, TrainingTask task, WeightUpdate optimizer, RunPlan plan, Saved saved) {
    try (HostCopies copies = new HostCopies(task.backend())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, Tensor> part : parts(task, optimizer).entrySet()) {
        tensors.put(part.getKey(), copies.of(part.getValue()));
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put(FORMAT_KEY, FORMAT);
      metadata.put(PLAN_KEY, Json.line(plan));
      metadata.put(PROGRESS_KEY, Json.line(saved.progress()));
      metadata.put(PRECISION_KEY, Precision.nameOf(task.backend()));
      if (saved.weights() != null) {
        metadata.put(WEIGHTS_KEY, saved.weights().toString());
      }
      SafetensorsWriter.write(into.resolve(FILE), tensors, metadata);
    }
  }

  /**
   * Restores weights, optimizer and carried state.
   *
   * @return what else was saved
   * @throws InputException if the file is damaged or belongs to another model
   */
  Saved restore(TrainingTask task, WeightUpdate optimizer) {
    try (SafetensorsFile saved = group.open(FILE)) {
      Map<String, Tensor> parts = parts(task, optimizer);
      Backend backend = task.backend();
      for (Map.Entry<String, Tensor> part : parts.entrySet()) {
        String name = part.getKey();
        Tensor target = part.getValue();
        if (!saved.contains(name) || !saved.shape(name).equals(target.shape())) {
          throw new InputException(
              "%s does not fit this model: it should hold %s of shape %s"
                  .formatted(file, name, target.shape()));
        }
        StateDict.read(saved, name, file, backend, target, target.dtype());
      }
      TrainingProgress progress =
          Json.parse(entry(saved, PROGRESS_KEY), file.toString(), TrainingProgress.class);
      optimizer.setSteps(progress.step());
      String weights = saved.metadata().get(WEIGHTS_KEY);
      return new Saved(progress, weights == null ? null : FileSum.parse(weights));
    }
  }

  private String entry(SafetensorsFile saved, String key) {
    String format = saved.metadata().get(FORMAT_KEY);
    String value = saved.metadata().get(key);
    if (!FORMAT.equals(format) || value == null) {
      throw new InputException(
          file + " is not a checkpoint of this version of lm4j (format " + format + ")");
    }
    return value;
  }

  private static Map<String, Tensor> parts(TrainingTask task, WeightUpdate optimizer) {
    Map<String, Tensor> parts = new LinkedHashMap<>();
    Parameters parameters = task.parameters();
    List<Tensor> moments = optimizer.moments();
    for (Parameter parameter : parameters.all()) {
      parts.put("model." + parameter.name(), parameter.value());
      for (int i = 0; i < moments.size(); i++) {
        Tensor moment = parameters.viewIn(moments.get(i), parameter);
        parts.put("optimizer." + i + "." + parameter.name(), moment);
      }
    }
    parts.putAll(task.carried());
    return parts;
  }
}
