package org.lm4j.train.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.io.IoErrors;
import org.lm4j.io.NewFolder;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.text.token.ScratchFile;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;

/**
 * A model and its training that are made to be tried out, in a temporary folder, and never kept.
 *
 * @param <M> the model
 */
public final class Trial<M extends Model> implements AutoCloseable {
  private final Path folder;
  private final Backend backend;
  private final RunPlan plan;
  private final Task<M> task;
  private @Nullable M model; // null until it is needed
  private @Nullable TrainingTask steps;
  private @Nullable MemoryEstimate memory;

  private Trial(Path folder, Backend backend, RunPlan plan, Task<M> task) {
    this.folder = folder;
    this.backend = backend;
    this.plan = plan;
    this.task = task;
  }

  /**
   * Prepares a new run: reads its data, but makes no model yet.
   *
   * @throws org.lm4j.InputException if model, data and recipe do not go together
   * @throws UncheckedIOException if no temporary folder can be written
   */
  public static <M extends Model> Trial<M> of(Backend backend, RunPlan plan, Task<M> task) {
    Path above = Objects.requireNonNull(ScratchFile.in(null).toAbsolutePath().getParent());
    Path folder;
    try {
      folder = Files.createTempDirectory(above, "lm4j-trial-");
    } catch (IOException e) {
      throw IoErrors.cannotWrite(above, e);
    }
    Trial<M> trial = new Trial<>(folder, backend, plan, task);
    boolean good = false;
    try {
      task.describe(trial.files());
      good = true;
      return trial;
    } finally {
      if (!good) {
        trial.close();
      }
    }
  }

  /** Returns the files that describe the model; gone once there are {@link #steps}. */
  public ModelFiles files() {
    return ModelFiles.aside(folder, task.kind());
  }

  /** Returns the plan. */
  public RunPlan plan() {
    return plan;
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /** Counts the memory that the training takes, without taking it. */
  public MemoryEstimate memory() {
    if (memory == null) {
      memory = MemoryEstimate.of(files(), backend, plan, task);
    }
    return memory;
  }

  /**
   * Returns the steps of the training, of a model with its initial weights; made on the first call.
   *
   * @throws org.lm4j.MemoryShortage if there is not the memory for them
   */
  public TrainingTask steps() {
    if (steps == null) {
      memory().require();
      model = task.create(files(), backend);
      task.initialize(model, files(), plan.recipe().seed());
      steps = task.steps(model, files(), plan);
      removeEarly();
    }
    return steps;
  }

  /**
   * Removes files that are open, where a system lets that happen, so that nothing is left of them
   * even if the process is killed.
   */
  private void removeEarly() {
    try {
      NewFolder.remove(folder);
    } catch (UncheckedIOException e) {
      System.getLogger(Trial.class.getName())
          .log(System.Logger.Level.DEBUG, "removing " + folder + " later", e);
    }
  }

  /** Frees the memory and removes the temporary folder. */
  @Override
  public void close() {
    if (steps != null) {
      steps.close();
    }
    if (model != null) {
      model.close();
    }
    NewFolder.remove(folder);
  }
}
