package org.lm4j.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;

/**
 * A run that trains a model on {@link Examples} in its folder, new or continued: owns model and
 * trainer.
 *
 * @param <M> the model
 */
public final class Run<M extends Model> implements AutoCloseable {
  private final ModelFiles files;
  private final RunPlan plan;
  private final M model;
  private final Trainer trainer;
  private @Nullable FolderLock lock; // null while the run is begun aside

  private Run(ModelFiles files, Backend backend, RunPlan plan, RunSetup<M> setup) {
    this.files = files;
    this.plan = plan;
    this.model = setup.create(files, backend);
    try {
      Examples examples = setup.examples(model, files);
      BatchTask task = new BatchTask(model, setup.kind(), plan.recipe(), examples);
      this.trainer = new Trainer(task, plan, files.path());
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Begins a new run in a folder that holds no model.
   *
   * @throws InputException if it holds one, or model and data do not go together
   */
  public static <M extends Model> Run<M> begin(
      Path path, Backend backend, RunPlan plan, RunSetup<M> setup) {
    return begin(path, backend, plan, setup, StagedFolder.Existing.REFUSE);
  }

  /**
   * Begins a new run; what an earlier one left in the folder is removed once this one has its first
   * checkpoint on the disk and its first step was found to be possible.
   *
   * @throws InputException if the folder holds a model that is not to be replaced, or model and
   *     data do not go together
   */
  public static <M extends Model> Run<M> begin(
      Path path, Backend backend, RunPlan plan, RunSetup<M> setup, StagedFolder.Existing existing) {
    FolderLock lock;
    try (StagedFolder staged = new StagedFolder(path, existing)) {
      ModelFiles aside = ModelFiles.aside(staged.path(), setup.kind());
      setup.describe(aside);
      requireMemory(aside, backend, plan, setup);
      try (Run<M> run = new Run<>(aside, backend, plan, setup)) {
        setup.initialize(run.model, plan.recipe().seed());
        run.trainer.saveAside(staged.replaces());
      }
      staged.install();
      lock = staged.keepLock();
    }
    return resume(path, backend, plan, setup, lock, true);
  }

  /**
   * Goes on with the run in {@code path}.
   *
   * @param plan of the run, or one with another length, cadence, or recipe that {@linkplain
   *     Recipe#continues continues} its own
   * @throws InputException if a file is missing or damaged, the data are others, or another process
   *     trains there
   */
  public static <M extends Model> Run<M> resume(
      Path path, Backend backend, RunPlan plan, RunSetup<M> setup) {
    return resume(path, backend, plan, setup, FolderLock.take(path), false);
  }

  private static <M extends Model> void requireMemory(
      ModelFiles files, Backend backend, RunPlan plan, RunSetup<M> setup) {
    MemoryNeeds.require(
        backend,
        plan,
        counting -> {
          M counted = setup.create(files, counting);
          return new BatchTask(
              counted, setup.kind(), plan.recipe(), setup.examples(counted, files));
        });
  }

  private static <M extends Model> Run<M> resume(
      Path path,
      Backend backend,
      RunPlan plan,
      RunSetup<M> setup,
      FolderLock lock,
      boolean begun) { // that it fits into memory is known then

    Run<M> run = null;
    try {
      AtomicFile.cleanLeftovers(path);
      ModelFiles.group(path).recover();
      ModelFiles files = new ModelFiles(path, setup.kind());
      if (!begun) {
        requireMemory(files, backend, plan, setup);
      }
      run = new Run<>(files, backend, plan, setup);
      run.trainer.files().guardBy(lock::requireHeld);
      run.trainer.resume();
      run.lock = lock;
      return run;
    } catch (RuntimeException | Error e) {
      if (run != null) {
        run.close();
      }
      lock.close();
      throw e;
    }
  }

  /** Where the model is kept. */
  public ModelFiles files() {
    return files;
  }

  /** What it is to do. */
  public RunPlan plan() {
    return plan;
  }

  /** The model being trained. */
  public M model() {
    return model;
  }

  /** The trainer. */
  public Trainer trainer() {
    return trainer;
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
    if (lock != null) {
      lock.close();
    }
  }
}
