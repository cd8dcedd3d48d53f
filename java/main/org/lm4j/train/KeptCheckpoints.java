package org.lm4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lm4j.io.IoErrors;
import org.lm4j.io.NewFolder;
import org.lm4j.model.ModelFiles;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.MemoryBudget;

/**
 * The checkpoints that a run keeps of its last validations: {@code checkpoint-STEP} inside the
 * model folder, each a whole model folder with the weights of that step, which can be applied,
 * evaluated and trained further like any other. One that was trained further is no longer this
 * run's: it is neither removed nor replaced.
 */
final class KeptCheckpoints {
  private static final Pattern NAME = Pattern.compile("checkpoint-([0-9]{1,18})");

  private final RunFiles files;
  private final int count;

  private KeptCheckpoints(RunFiles files, int count) {
    this.files = files;
    this.count = count;
  }

  /** Returns the checkpoints that a run keeps, perhaps none. */
  static KeptCheckpoints of(Cadence cadence, RunFiles files) {
    Integer keep = cadence.keep();
    return new KeptCheckpoints(files, keep == null ? 0 : keep);
  }

  /**
   * Removes what an interrupted run kept beyond the step from which it is resumed, since that is
   * computed again, and reports how much disk the checkpoints will take.
   *
   * @param step done
   * @param moments of each weight, which a checkpoint also holds
   */
  void begin(long step, TrainingTask task, int moments, Consumer<String> notes) {
    if (count == 0) {
      return;
    }
    for (Path each : own(files.folder())) {
      if (step(each) > step) {
        NewFolder.remove(each);
      }
    }
    long weights = task.parameters().count() * task.backend().dtype().bytes();
    notes.accept(
        String.format(
            Locale.ROOT,
            "the checkpoints of the last %s will be kept, which takes %s on disk",
            count == 1 ? "validation" : count + " validations",
            MemoryBudget.words(weights * (2 + moments) * count)));
  }

  /** Keeps the checkpoint of a validation, and removes those before the last few. */
  void save(
      TrainingTask task,
      WeightUpdate optimizer,
      RunPlan plan,
      TrainingProgress progress,
      MetricsLog log) {
    if (count == 0) {
      return;
    }
    Path folder = files.folder().resolve("checkpoint-" + progress.step());
    if (!isTrained(folder)) {
      files.saveWhole(folder, task, optimizer, plan, progress, log);
    }
    List<Path> all = own(files.folder());
    for (Path old : all.subList(0, Math.max(0, all.size() - count))) {
      NewFolder.remove(old);
    }
  }

  /** Removes the checkpoints that an earlier run in a folder kept. */
  static void removeAll(Path folder) {
    own(folder).forEach(NewFolder::remove);
  }

  /** Returns the checkpoints in a folder that were not trained further, the first step first. */
  private static List<Path> own(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> step(entry) >= 0)
          .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
          .filter(entry -> Files.exists(entry.resolve(ModelFiles.CHECKPOINT)))
          .filter(entry -> !isTrained(entry))
          .sorted(Comparator.comparingLong(KeptCheckpoints::step))
          .toList();
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
  }

  private static boolean isTrained(Path kept) {
    return Files.exists(kept.resolve(FolderLock.FILE), LinkOption.NOFOLLOW_LINKS);
  }

  private static long step(Path kept) {
    Matcher matcher = NAME.matcher(String.valueOf(kept.getFileName()));
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }
}
