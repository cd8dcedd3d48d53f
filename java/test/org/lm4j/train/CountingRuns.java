package org.lm4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;

/** Runs of {@link CountingTask}s, whose trainers stay open to the end, and what they leave. */
final class CountingRuns implements AutoCloseable {
  static final Recipe.ScheduleChoice CONSTANT =
      new Recipe.ScheduleChoice("constant", 0.5, 1, 0, 0, 0);

  private final List<Trainer> trainers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private final TrainingListener listener =
      new SilentListener() {
        @Override
        public void note(String note) {
          notes.add(note);
        }
      };

  /** Returns a plan of SGD with a rate of 0.25 at first. */
  static RunPlan plan(long steps, Recipe.ScheduleChoice schedule, Cadence cadence) {
    Recipe recipe =
        new Recipe(
            1,
            1,
            new Recipe.OptimizerChoice("sgd", 0.25, 0, 0),
            schedule,
            new Recipe.ClipChoice(0, 0),
            1);
    return new RunPlan(recipe, new RunLength(null, steps, null), cadence, null);
  }

  /** Opens a run, which owns the task, new or to be resumed. */
  Trainer open(CountingTask task, RunPlan plan, Path folder) {
    Trainer trainer = new Trainer(task, plan, folder);
    trainers.add(trainer);
    return trainer;
  }

  /** Trains to the end of the plan, or to where the run is stopped, and logs it in the folder. */
  static boolean train(Trainer trainer, CountingTask task, Path folder, TrainingListener listener) {
    try (MetricsLog log = MetricsLog.open(folder, trainer.step(), 2, task.counted())) {
      return trainer.run(listener, log);
    }
  }

  /** Begins the run of a folder, or resumes it, and trains to the end of a constant rate's plan. */
  void run(CountingTask task, long steps, Cadence cadence, Path folder) {
    Trainer trainer = open(task, plan(steps, CONSTANT, cadence), folder);
    if (Run.canResume(folder)) {
      trainer.resume();
      task.validations = trainer.validationLosses().size();
    }
    train(trainer, task, folder, listener);
  }

  /** Returns the notes of all runs so far. */
  List<String> notes() {
    return notes;
  }

  /** Returns the weight in a model's folder. */
  static double weight(Path folder) {
    try (SafetensorsFile file = ModelFiles.openWeights(folder)) {
      return file.tensor("w").get(0);
    }
  }

  /** Returns the weight after so many steps at a constant rate: -0.25 (1 + … + n). */
  static double weightAfter(int steps) {
    return -0.25 * steps * (steps + 1) / 2;
  }

  /** Returns the names of the folders in a folder, in order. */
  static List<String> folders(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Override
  public void close() {
    trainers.forEach(Trainer::close);
  }
}
