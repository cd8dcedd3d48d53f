package org.lm4j.task;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingDefaults;
import org.lm4j.train.TrainingResult;

/**
 * The base class of the entry points of all tasks: a trained model, ready to use.
 *
 * <p>Threads: any number of threads may use one loaded model at the same time. The backend performs
 * one operation at a time, in the order of arrival, so threads share its speed. {@link #close}
 * waits for the operation that is under way; calls that are still running, and later ones, then
 * throw {@link IllegalStateException}.
 *
 * @param <N> the network
 */
public abstract class LoadedModel<N extends Model> implements AutoCloseable {
  private static final int LOG_INTERVAL = 100; // steps between two lines of the log

  private final N network;
  private final boolean ownsBackend;

  /**
   * Creates a model around a network, which it owns.
   *
   * @param network the weights, opened for inference
   * @param ownsBackend whether closing the model also closes the network's backend
   */
  protected LoadedModel(N network, boolean ownsBackend) {
    this.network = network;
    this.ownsBackend = ownsBackend;
  }

  /**
   * Opens the fastest backend of this machine, an NVIDIA GPU or the CPU, and loads a model on it.
   *
   * @param load makes the model; it owns the backend
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static <L> L onFastestBackend(BackendOptions options, Function<Backend, L> load) {
    Backend backend = Backends.open("auto", options, LoadedModel::log);
    try {
      return load.apply(backend);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** Asks for the logger only now, since the search for it takes longer than a short command. */
  private static void log(String line) {
    System.getLogger(LoadedModel.class.getName()).log(System.Logger.Level.DEBUG, line);
  }

  /**
   * Trains a new model on the fastest backend of this machine.
   *
   * @param defaults of the recipe, for what it does not set
   * @throws InputException if the folder holds a model, or model, data and recipe do not go
   *     together
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static <M extends Model> TrainingResult trainTask(
      Task<M> task,
      TrainingDefaults defaults,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    return trainTask(task, recipe.plan(defaults, null), recipe.ownSchedule(), folder, listener);
  }

  /** Trains a new model by a plan, with the caller's schedule unless that is null. */
  public static <M extends Model> TrainingResult trainTask(
      Task<M> task, RunPlan plan, @Nullable Schedule own, Path folder, ProgressListener listener) {
    return onFastestBackend(
        BackendOptions.defaults(),
        backend -> {
          try (backend;
              Run<M> run = Run.begin(folder, backend, plan, task)) {
            return finish(run, own, listener);
          }
        });
  }

  /**
   * Returns the files of a run that can be resumed.
   *
   * @throws InputException if the folder holds none
   */
  protected static ModelFiles filesOfRun(Path folder, ModelKind kind) {
    requireRun(folder);
    return new ModelFiles(folder, kind);
  }

  private static void requireRun(Path folder) {
    if (!Run.canResume(folder)) {
      throw new InputException(folder + " holds no run to resume");
    }
  }

  /**
   * Resumes the run in a folder on the fastest backend of this machine, to its planned end.
   *
   * @param own the schedule of the run if it is a value; null for one with a name
   * @throws InputException if the folder holds no run, the data differ, or the run has a schedule
   *     without a name and none is given
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static <M extends Model> TrainingResult resumeTask(
      Task<M> task, Path folder, @Nullable Schedule own, ProgressListener listener) {
    requireRun(folder);
    RunPlan plan = Run.planOf(folder);
    if (own == null) {
      plan.recipe().schedule().schedule(); // refuses one that is not saved
    }
    return onFastestBackend(
        BackendOptions.defaults(),
        backend -> {
          try (backend;
              Run<M> run = Run.resume(folder, backend, plan, task)) {
            return finish(run, own, listener);
          }
        });
  }

  private static TrainingResult finish(
      Run<?> run, @Nullable Schedule own, ProgressListener listener) {
    if (own != null) {
      run.trainer().useSchedule(own);
    }
    return TrainingResult.of(run, LOG_INTERVAL, listener);
  }

  /** Returns the weights and layers of the model, for uses that this entry point does not cover. */
  public final N network() {
    return network;
  }

  /** Returns the backend that the model computes on. */
  public final Backend backend() {
    return network.backend();
  }

  /** Frees the memory of the model, and its backend if the model opened it. */
  @Override
  public void close() {
    network.close();
    if (ownsBackend) {
      network.backend().close();
    }
  }
}
