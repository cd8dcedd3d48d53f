package org.lm4j.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.composed.CountingBackend;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.io.NewFolder;
import org.lm4j.model.Model;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.TrainingRecord;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.OneRank;
import org.lm4j.parallel.Share;
import org.lm4j.parallel.SharedOpening;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Tensor;

/**
 * A run that trains a model in its folder, new or resumed: owns model and trainer.
 *
 * <p>A new run is built in a hidden folder, up to its first checkpoint, before an earlier model is
 * touched; it replaces that model once the checkpoint is in the folder.
 *
 * @param <M> the model
 */
public final class Run<M extends Model> implements AutoCloseable {
  /** The most steps whose memory is counted, since each may need a workspace of another shape. */
  private static final long MOST_STEPS = 16;

  private static final List<String> OF_WEIGHTS =
      List.of("hidden", "embedding", "layers", "vocabularySize");
  private static final List<String> OF_STEPS = List.of("batch", "bptt", "hidden");

  private final ModelFiles files;
  private final RunPlan plan;
  private final M model;
  private final boolean leads; // whether this process logs and saves
  private final Trainer trainer;
  private final List<String> notes = new ArrayList<>(); // for the user
  private TrainingRecord record;
  private @Nullable FolderLock lock; // null while the run is begun aside

  /** Makes model and trainer; the first checkpoint is made by one rank for all that share it. */
  private Run(
      ModelFiles files,
      Backend backend,
      RunPlan plan,
      Task<M> task,
      Share share,
      Communicator ranks) {
    this.files = files;
    this.plan = plan;
    this.record = recordIn(files.path());
    this.leads = ranks.rank() == 0;
    this.model = task.create(files, backend);
    try {
      TrainingTask steps = task.steps(model, files, plan, share);
      this.trainer = new Trainer(steps, plan, files.path(), ranks);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Returns the record of the folder; if it is damaged, notes that, since nothing depends on it.
   */
  private TrainingRecord recordIn(Path folder) {
    try {
      TrainingRecord kept = TrainingRecord.read(folder);
      return kept == null ? TrainingRecord.unknown() : kept;
    } catch (InputException e) {
      notes.add(
          "%s cannot be read: what it said about the training so far is lost, and a new one is written"
              .formatted(folder.resolve(ModelFiles.TRAINING)));
      return TrainingRecord.unknown();
    }
  }

  /** Returns whether {@code path} holds a run that can be resumed. */
  public static boolean canResume(Path path) {
    return new Checkpoint(path).exists();
  }

  /** Returns the progress of the run in {@code path}. */
  public static TrainingProgress progressOf(Path path) {
    return new Checkpoint(path).progress();
  }

  /**
   * Returns the numbers in which the run in {@code path} multiplied matrices last: {@code fp32},
   * {@code tf32}, {@code bf16} or {@code fp64}; null for a run of an older version.
   */
  public static @Nullable String precisionOf(Path path) {
    return new Checkpoint(path).precision();
  }

  /** Returns the plan of the run in {@code path}. */
  public static RunPlan planOf(Path path) {
    return new Checkpoint(path).plan();
  }

  /**
   * Begins a new run in a folder that holds no model.
   *
   * @throws InputException if it holds one, or model, data and recipe do not go together
   */
  public static <M extends Model> Run<M> begin(
      Path path, Backend backend, RunPlan plan, Task<M> task) {
    return begin(path, backend, plan, task, StagedFolder.Existing.REFUSE);
  }

  /**
   * Begins a new run; the files of an earlier run are removed once the first checkpoint of this one
   * is on disk and its first step has succeeded.
   *
   * @throws InputException if the folder holds a model that is not to be replaced, or model, data
   *     and recipe do not go together
   * @throws java.io.UncheckedIOException if the folder cannot be written
   */
  public static <M extends Model> Run<M> begin(
      Path path, Backend backend, RunPlan plan, Task<M> task, StagedFolder.Existing existing) {
    return begin(path, backend, plan, task, existing, OneRank.INSTANCE);
  }

  /**
   * Begins a new run as the first of several processes that train it, see {@link #together}.
   *
   * @throws InputException as {@link #begin(Path, Backend, RunPlan, Task, StagedFolder.Existing)},
   *     or if this kind of model is trained by one process only
   */
  public static <M extends Model> Run<M> begin(
      Path path,
      Backend backend,
      RunPlan plan,
      Task<M> task,
      StagedFolder.Existing existing,
      Communicator ranks) {
    Share share = Share.of(ranks);
    FolderLock lock;
    try (StagedFolder staged = new StagedFolder(path, existing)) {
      ModelFiles aside = ModelFiles.aside(staged.path(), task.kind());
      task.describe(aside);
      if (TrainingRecord.read(staged.path()) == null) {
        aside.saveTraining(TrainingRecord.begun());
      }
      requireMemory(aside, backend, plan, task, share);
      try (Run<M> run = new Run<>(aside, backend, plan, task, share, OneRank.INSTANCE)) {
        task.initialize(run.model, aside, plan.recipe().seed());
        run.trainer.saveAside(staged.replaces());
      } catch (TrainingFailure e) {
        throw task.unusable(e);
      }
      staged.install();
      Milestones.removeAll(path);
      KeptCheckpoints.removeAll(path);
      MetricsLog.removeSamples(path);
      lock = staged.keepLock();
    }
    return resume(path, backend, plan, task, lock, ranks);
  }

  /**
   * Resumes the run in {@code path}.
   *
   * @param plan of the run, or one with another length, cadence, or recipe that {@linkplain
   *     Recipe#continues continues} its own
   * @throws InputException if a file is missing or damaged, the data are others, or another process
   *     trains there
   */
  public static <M extends Model> Run<M> resume(
      Path path, Backend backend, RunPlan plan, Task<M> task) {
    return resume(path, backend, plan, task, OneRank.INSTANCE);
  }

  /**
   * Resumes the run in {@code path} as the first of several processes, see {@link #together}; they
   * need not be as many as before.
   *
   * @throws InputException as {@link #resume(Path, Backend, RunPlan, Task)}, or if this kind of
   *     model is trained by one process only
   */
  public static <M extends Model> Run<M> resume(
      Path path, Backend backend, RunPlan plan, Task<M> task, Communicator ranks) {
    FolderLock lock = FolderLock.take(path);
    try {
      AtomicFile.cleanLeftovers(path);
      ModelFiles.group(path).recover();
      ModelFiles files = new ModelFiles(path, task.kind());
      requireMemory(files, backend, plan, task, Share.of(ranks));
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
    return resume(path, backend, plan, task, lock, ranks);
  }

  /**
   * Opens a run that several processes train: the first one begins or resumes it, then the others
   * open its folder, which all of them need to see. Every process calls this.
   *
   * @param opener calls {@link #begin} or {@link #resume} with these ranks; called in the first
   * @param joiner calls {@link #join} with the plan of the first; called in the others
   * @throws SharedOpening.NotMade in the others if the opener throws in the first
   */
  public static <M extends Model> Run<M> together(
      Communicator ranks, Supplier<Run<M>> opener, Function<RunPlan, Run<M>> joiner) {
    return SharedOpening.open(
        ranks,
        opener,
        run -> Json.line(run.plan),
        plan -> joiner.apply(Json.parse(plan, "the plan of the first process", RunPlan.class)));
  }

  /**
   * Opens the run in {@code path} that the first of several processes has opened already. This
   * process writes nothing there.
   *
   * @param plan of the first process
   * @throws InputException if the folder cannot be read, or its files are others
   */
  public static <M extends Model> Run<M> join(
      Path path, Backend backend, RunPlan plan, Task<M> task, Communicator ranks) {
    ModelFiles files = new ModelFiles(path, task.kind());
    Share share = Share.of(ranks);
    requireMemory(files, backend, plan, task, share);
    Run<M> run = new Run<>(files, backend, plan, task, share, ranks);
    try {
      run.trainer.resume();
      return run;
    } catch (RuntimeException | Error e) {
      run.close();
      throw e;
    }
  }

  /**
   * Requires memory for weights, gradients, moments and the workspaces of the steps. What they take
   * is found out by making all that on memory that is only counted, with the code that makes it
   * later.
   *
   * @throws org.lm4j.MemoryShortage if it does not fit; nothing has been taken then
   */
  private static <M extends Model> void requireMemory(
      ModelFiles files, Backend backend, RunPlan plan, Task<M> task, Share share) {
    CountingBackend counting = new CountingBackend(backend);
    try (TrainingTask steps = task.steps(task.create(files, counting), files, plan, share);
        WeightUpdate _ = steps.update(plan.recipe())) {
      long there = backend.availableBytes();
      MemoryBudget.require(counting.bytes(), there, "training this model", OF_WEIGHTS);
      takeWorkspaces(steps, counting, plan);
      MemoryBudget.require(
          counting.bytes(), there, "training this model in steps of this size", OF_STEPS);
    }
  }

  /**
   * Makes the workspaces of training steps: computes as many from the beginning as may need one of
   * another shape, without updates.
   *
   * @param counting the backend of the steps, which only counts memory
   */
  public static void takeWorkspaces(TrainingTask steps, CountingBackend counting, RunPlan plan) {
    Tensor lossSum = counting.allocate(1);
    long count = Math.min(MOST_STEPS, steps.stepsPerEpoch());
    for (long step = 0; step < count; step++) {
      steps.prepare(step, new RandomKey(plan.recipe().seed(), step));
      steps.compute(lossSum);
      steps.advance();
    }
  }

  private static <M extends Model> Run<M> resume(
      Path path, Backend backend, RunPlan plan, Task<M> task, FolderLock lock, Communicator ranks) {
    Run<M> run = null;
    try {
      AtomicFile.cleanLeftovers(path);
      NewFolder.removeLeftovers(path);
      ModelFiles.group(path).recover();
      ModelFiles files = new ModelFiles(path, task.kind());
      run = new Run<>(files, backend, plan, task, Share.of(ranks), ranks);
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

  /**
   * Trains until the planned length is reached or {@link Trainer#requestStop} asks for an end, then
   * saves.
   *
   * @param logInterval steps between two lines of the log in the folder
   * @return whether it ran to its planned end
   * @throws TrainingFailure if loss or weights are no longer finite numbers; the last checkpoint
   *     and the best weights stay
   */
  public boolean train(TrainingListener listener, int logInterval) {
    if (!leads) {
      try (MetricsLog log = MetricsLog.unwritten(files.path(), logInterval, trainer.counted())) {
        return trainer.run(listener, log);
      }
    }
    String device = model.backend().name();
    TrainingRecord.Place here =
        new TrainingRecord.Place(
            TrainingRecord.thisMachine(), device, Precision.nameOf(model.backend()));
    keep(record.on(here, TrainingRecord.fields(plan.recipe())));
    long before = trainer.step();
    boolean finished;
    try (MetricsLog log =
        MetricsLog.open(files.path(), trainer.step(), logInterval, trainer.counted())) {
      Stream.of(notes, trainer.notes(), log.notes()).flatMap(List::stream).forEach(listener::note);
      finished = trainer.run(listener, log);
    }
    if (trainer.step() > before) {
      keep(record.ending(result(finished)));
    }
    return finished;
  }

  private TrainingRecord.Result result(boolean finished) {
    return new TrainingRecord.Result(
        TrainingRecord.now(),
        finished,
        trainer.step(),
        (double) trainer.step() / trainer.stepsPerEpoch(),
        trainer.seconds(),
        trainer.bestValidationLoss().stream().boxed().findFirst().orElse(null));
  }

  /** Changes the record of the training, which is written when {@link #train} begins. */
  public void describe(UnaryOperator<TrainingRecord> change) {
    record = change.apply(record);
  }

  /** Writes the record, unless the folder has it. */
  private void keep(TrainingRecord next) {
    record = next;
    if (!next.equals(TrainingRecord.readable(files.path()))) {
      if (lock != null) {
        lock.requireHeld();
      }
      files.saveTraining(next);
    }
  }

  /** Returns the folder of the model. */
  public ModelFiles files() {
    return files;
  }

  /** Returns the plan of the run. */
  public RunPlan plan() {
    return plan;
  }

  /** Returns the model being trained. */
  public M model() {
    return model;
  }

  /** Returns the trainer. */
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
