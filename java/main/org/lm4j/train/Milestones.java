package org.lm4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.NewFolder;
import org.lm4j.model.ModelFiles;
import org.lm4j.tensor.MemoryBudget;

/**
 * The models that a run keeps after certain amounts of text. An amount is in words of the training
 * text, words being what white space separates; text that is read again counts again. A model is
 * kept after the first step with which the run has gone through that many words, taking each step
 * of an epoch to go through equally many. So the step depends on amount and text alone, and a
 * resumed run neither repeats nor misses one.
 */
public final class Milestones {
  private static final Pattern AMOUNT = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([kKmMgG]?)");
  private static final Pattern NAME = Pattern.compile("chck_[0-9]+[kMG]?");
  private static final String PREFIX = "chck_"; // as in the evaluation of BabyLM
  private static final long THOUSAND = 1000;

  private final List<Milestone> all;

  /**
   * One model to keep.
   *
   * @param words amount of text
   * @param step after which it is kept, from 1
   * @param name of its folder
   */
  record Milestone(long words, long step, String name) {}

  private Milestones(List<Milestone> all) {
    this.all = all;
  }

  /**
   * Places amounts of text in a run.
   *
   * @throws InputException if there are some, and the task does not count words
   */
  static Milestones of(Cadence cadence, TrainingTask task) {
    List<Long> amounts = cadence.saveAt();
    if (amounts == null || amounts.isEmpty()) {
      return new Milestones(List.of());
    }
    long words = task.wordsPerEpoch();
    if (words <= 0) {
      throw InputException.naming(
          "models are saved by the amount of text of language models alone, and of a text that has"
              + " words; leave out {saveAt}");
    }
    long steps = task.stepsPerEpoch();
    return new Milestones(
        amounts.stream()
            .distinct()
            .sorted()
            .map(amount -> new Milestone(amount, step(amount, words, steps), name(amount)))
            .toList());
  }

  /** Returns the first step with which {@code amount} words are done. */
  static long step(long amount, long wordsPerEpoch, long stepsPerEpoch) {
    long epochs = amount / wordsPerEpoch;
    long rest = amount % wordsPerEpoch;
    long part = (long) Math.ceil((double) rest / wordsPerEpoch * stepsPerEpoch - 1e-9);
    return Math.max(1, epochs * stepsPerEpoch + part);
  }

  /**
   * Reads an amount: {@code 500}, {@code 10k}, {@code 1.5M}.
   *
   * @throws InputException if it is none, or not a whole number of words above 0
   */
  public static long amount(String text) {
    Matcher matcher = AMOUNT.matcher(text);
    if (matcher.matches()) {
      long unit =
          switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> THOUSAND;
            case "M" -> THOUSAND * THOUSAND;
            case "G" -> THOUSAND * THOUSAND * THOUSAND;
            default -> 1;
          };
      double words = Double.parseDouble(matcher.group(1)) * unit;
      if (words >= 1 && words < Long.MAX_VALUE / 2.0 && Math.abs(words - Math.rint(words)) < 1e-6) {
        return Math.round(words);
      }
    }
    throw new InputException(
        "'%s' is not an amount of words such as 500, 10k or 1.5M".formatted(text));
  }

  /** Returns the name of the folder of an amount of words: {@code chck_7M}, {@code chck_500}. */
  public static String name(long words) {
    long million = THOUSAND * THOUSAND;
    if (words % million == 0) {
      return PREFIX + words / million + "M";
    }
    return PREFIX + (words % THOUSAND == 0 ? words / THOUSAND + "k" : String.valueOf(words));
  }

  /** Returns whether a model is to be kept after a step. */
  boolean isDue(long step) {
    return all.stream().anyMatch(each -> each.step() == step);
  }

  /** Keeps the models of a step, and reports where they are. */
  void save(long step, TrainingTask task, RunFiles files, Consumer<String> notes) {
    for (Milestone each : all) {
      if (each.step() == step) {
        files.saveNamed(task, each.name());
        notes.accept(
            String.format(
                Locale.ROOT,
                "the model after %,d words (step %,d) is in %s",
                each.words(),
                step,
                files.folder().resolve(each.name())));
      }
    }
  }

  /**
   * Reports which models will not be kept, and how much disk the others take.
   *
   * @param done steps
   * @param total steps of the run; {@link Long#MAX_VALUE} if only time limits it
   */
  void announce(long done, long total, TrainingTask task, RunFiles files, Consumer<String> notes) {
    int coming = 0;
    for (Milestone each : all) {
      boolean there = files.has(each.name());
      if (each.step() > total) {
        notes.accept(
            String.format(
                Locale.ROOT,
                "the run ends before %,d words, so there will be no %s",
                each.words(),
                each.name()));
      } else if (each.step() <= done && !there) {
        notes.accept(
            String.format(
                Locale.ROOT,
                "the run is past %,d words, so there will be no %s",
                each.words(),
                each.name()));
      }
      coming += each.step() > done && each.step() <= total && !there ? 1 : 0;
    }
    if (coming > 0) {
      long bytes = task.parameters().count() * task.backend().dtype().bytes();
      String models = coming == 1 ? "1 model" : "%d models".formatted(coming);
      notes.accept(
          "%s will be saved by amount of text, which takes %s on disk"
              .formatted(models, MemoryBudget.words(bytes * coming)));
    }
  }

  /** Removes the models that an earlier run in a folder kept. */
  static void removeAll(Path folder) {
    List<Path> found;
    try (Stream<Path> entries = Files.list(folder)) {
      found =
          entries
              .filter(entry -> NAME.matcher(String.valueOf(entry.getFileName())).matches())
              .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
              .filter(entry -> Files.exists(entry.resolve(ModelFiles.CONFIG)))
              .toList();
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
    found.forEach(NewFolder::remove);
  }
}
