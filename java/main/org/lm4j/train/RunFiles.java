package org.lm4j.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Precision;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.FileGroup;
import org.lm4j.io.FileSum;
import org.lm4j.io.Json;
import org.lm4j.io.NewFolder;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.TrainingRecord;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.text.CorpusBuilder;

/**
 * The files of a run in its folder: checkpoint, best weights so far, and log. They are replaced
 * together, and the checkpoint identifies the weights that belong to it.
 */
public final class RunFiles {
  private final Path folder;
  private final FileGroup group;
  private final Checkpoint checkpoint;
  private final List<String> notes = new ArrayList<>();
  private @Nullable FileSum weights; // of the best so far
  private final Map<String, FileSum> shared = new HashMap<>(); // of what never changes
  private long savedStep;
  private Runnable guard = () -> {};

  RunFiles(Path folder) {
    this.folder = folder;
    this.group = ModelFiles.group(folder);
    this.checkpoint = new Checkpoint(folder);
  }

  /** Returns the folder. */
  Path folder() {
    return folder;
  }

  /** Returns whether there is a checkpoint. */
  boolean hasCheckpoint() {
    return checkpoint.exists();
  }

  /**
   * Sets a check that is made before each write; it throws if the folder no longer belongs to this
   * run.
   */
  public void guardBy(Runnable check) {
    guard = check;
  }

  /** Returns notes about the files found, for the user. */
  List<String> notes() {
    return notes;
  }

  /**
   * Restores weights, optimizer and carried state.
   *
   * @return how far the run had come; without its validations if the best weights are gone
   * @throws InputException if a file is damaged, or checkpoint and best weights do not belong
   *     together
   */
  TrainingProgress restore(TrainingTask task, WeightUpdate optimizer) {
    Checkpoint.Saved saved = checkpoint.restore(task, optimizer);
    TrainingProgress progress = saved.progress();
    savedStep = progress.step();
    notePrecision(Precision.nameOf(task.backend()), progress.step());
    if (group.exists(ModelFiles.WEIGHTS)) {
      weights = bestWeights(saved);
      return progress;
    }
    if (!progress.validationLosses().isEmpty()) {
      notes.add(
          "%s is missing: the best weights so far are lost, and those of the next validation count as best"
              .formatted(folder.resolve(ModelFiles.WEIGHTS)));
    }
    return progress.withoutValidations();
  }

  /** Notes that the run multiplies in other numbers from here on; at step 0 nothing has. */
  private void notePrecision(String now, long step) {
    String before = checkpoint.precision();
    if (step > 0 && before != null && !before.equals(now)) {
      notes.add(
          "the run multiplied matrices in %s up to step %d and continues in %s"
              .formatted(before, step, now));
    }
  }

  private FileSum bestWeights(Checkpoint.Saved saved) {
    try (SafetensorsFile file = openWeights()) {
      FileSum found = file.sum();
      if (saved.weights() != null && !saved.weights().equals(found)) {
        throw new InputException(
            ("%s is not the one that belongs to %s of step %d: the two are from different copies of"
                    + " the folder; restore both from the same copy, or delete %s to continue without the"
                    + " best weights so far")
                .formatted(
                    folder.resolve(ModelFiles.WEIGHTS),
                    Checkpoint.FILE,
                    saved.progress().step(),
                    ModelFiles.WEIGHTS));
      }
      return found;
    }
  }

  private SafetensorsFile openWeights() {
    try {
      return group.open(ModelFiles.WEIGHTS);
    } catch (InputException e) {
      throw new InputException(
          e.getMessage() + "; or delete it to continue without the best weights so far", e);
    }
  }

  /**
   * Saves the run.
   *
   * @param best whether the weights as they are now are to be kept as the best, or the final ones.
   *     If not, earlier ones stay; but as long as nothing was validated, these take their place, so
   *     that the folder can be used
   * @param log what was logged
   * @throws java.io.UncheckedIOException if that fails: the files are then the old or the new ones
   */
  void save(
      TrainingTask task,
      WeightUpdate optimizer,
      RunPlan plan,
      TrainingProgress progress,
      boolean best,
      MetricsLog log) {
    guard.run();
    try (FileGroup.Change change = group.change()) {
      write(change.path(), task, optimizer, plan, progress, best);
      change.note(MetricsLog.FILE, log.sync());
      change.commit();
    }
    savedStep = progress.step();
  }

  /**
   * Returns the exception for a number that is no longer finite.
   *
   * @param what the number and what it became
   * @param step at which it did
   */
  TrainingFailure diverged(String what, long step) {
    return TrainingFailure.diverged(what, step, folder, savedStep);
  }

  /** Returns whether a model of that name is kept in the folder. */
  boolean has(String name) {
    return Files.exists(folder.resolve(name));
  }

  /**
   * Saves the model as it is now in a folder inside the run's, as a model like any other. One of
   * that name, saved before the run was interrupted, is replaced by the same.
   *
   * @throws java.io.UncheckedIOException if that fails: the folder is not there, or the old one
   */
  void saveNamed(TrainingTask task, String name) {
    guard.run();
    NewFolder.make(
        folder.resolve(name),
        aside -> {
          try (FileGroup.Change change = ModelFiles.group(aside).change()) {
            copyDescription(change.path());
            task.saveWeights(change.path(), null);
            change.commit();
          }
        });
  }

  /**
   * Saves the run as it is now in a separate folder: a model folder like any other, whose weights
   * are those of the last validation, with everything from which it can be resumed. One that is
   * there is replaced.
   *
   * @throws java.io.UncheckedIOException if that fails: the folder is not there, or the old one
   */
  void saveWhole(
      Path target,
      TrainingTask task,
      WeightUpdate optimizer,
      RunPlan plan,
      TrainingProgress progress,
      MetricsLog log) {
    guard.run();
    log.sync();
    NewFolder.make(
        target,
        aside -> {
          try (FileGroup.Change change = ModelFiles.group(aside).change()) {
            copyDescription(change.path());
            MetricsLog.copy(group.locate(MetricsLog.FILE), change.path(), MetricsLog.FILE);
            share(CorpusBuilder.TRAIN, aside, change);
            share(CorpusBuilder.VALID, aside, change);
            task.saveWeights(change.path(), null);
            FileSum own = FileSum.of(change.path().resolve(ModelFiles.WEIGHTS));
            TrainingProgress kept = progress.lastIsBest() ? progress : progress.withLastAsBest();
            Checkpoint.save(change.path(), task, optimizer, plan, new Checkpoint.Saved(kept, own));
            change.commit();
          }
          MetricsLog.copy(folder.resolve(MetricsLog.SAMPLES), aside, MetricsLog.SAMPLES);
        });
  }

  /** Copies what describes the model; the result of the run before is not that of these weights. */
  private void copyDescription(Path into) {
    for (String file : ModelFiles.description()) {
      copy(file, into);
    }
    TrainingRecord record = TrainingRecord.readable(folder);
    if (record != null && record.result() != null) {
      Json.write(into.resolve(ModelFiles.TRAINING), record.withoutResult());
    }
  }

  /** Copies a file as it is now, which another object may have replaced since it was read here. */
  private void copy(String file, Path into) {
    FileGroup now = ModelFiles.group(folder);
    if (now.exists(file)) {
      AtomicFile.writeBytes(into.resolve(file), now.read(file));
    }
  }

  /** Shares a file of tokens, which never changes, so that it takes no more disk. */
  private void share(String file, Path into, FileGroup.Change change) {
    if (group.exists(file)) {
      NewFolder.share(group.locate(file), into.resolve(file));
      change.note(file, shared.computeIfAbsent(file, name -> FileSum.of(group.locate(name))));
    }
  }

  /** Writes the first checkpoint of a run that is put together aside. */
  void saveAside(
      TrainingTask task, WeightUpdate optimizer, RunPlan plan, TrainingProgress progress) {
    write(folder, task, optimizer, plan, progress, false);
  }

  private void write(
      Path into,
      TrainingTask task,
      WeightUpdate optimizer,
      RunPlan plan,
      TrainingProgress progress,
      boolean best) {
    if (best || progress.validationLosses().isEmpty()) {
      task.saveWeights(into, best ? null : "step " + progress.step());
      weights = FileSum.of(into.resolve(ModelFiles.WEIGHTS));
    }
    Checkpoint.save(into, task, optimizer, plan, new Checkpoint.Saved(progress, weights));
  }
}
