package org.lm4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.FileGroup;
import org.lm4j.io.FileSum;
import org.lm4j.io.IoErrors;
import org.lm4j.io.JsonLines;
import org.lm4j.model.ModelFiles;
import org.lm4j.train.log.MetricsHistory;

/**
 * {@code log.jsonl} in the model folder: one JSON object a line, for training intervals and for
 * validations. Losses are means over what is {@linkplain Unit counted}. Texts that the model
 * generated on the way are lines of {@code samples.jsonl} beside it.
 */
public final class MetricsLog implements AutoCloseable {
  /** The name of the file in the model folder. */
  public static final String FILE = ModelFiles.LOG;

  /** The name of the file with generated texts in the model folder. */
  public static final String SAMPLES = "samples.jsonl";

  private static final String TEMPERATURE = "temperature";
  private static final String PROMPT = "prompt";
  private static final String TEXT = "text";

  private final Path folder;
  private final @Nullable JsonLines lines; // null for a log that is not written
  private @Nullable JsonLines samples; // null until there is one
  private final List<String> notes;
  private final int interval;
  private final Unit counted;
  private double secondsBefore;

  private MetricsLog(
      Path folder, @Nullable JsonLines lines, List<String> notes, int interval, Unit counted) {
    this.folder = folder;
    this.counted = counted;
    this.lines = lines;
    this.notes = notes;
    this.interval = interval;
  }

  /**
   * Opens the log for a run that continues after step {@code step}. What an interrupted run wrote
   * beyond it will be written again and is cut off; damaged lines are dropped, see {@link #notes}:
   * the run itself does not depend on them.
   *
   * @param interval steps between two training lines
   * @param counted what the losses are the losses of
   * @throws org.lm4j.InputException if the file is a symbolic link
   */
  public static MetricsLog open(Path folder, long step, int interval, Unit counted) {
    Path file = folder.resolve(FILE);
    List<String> notes = new ArrayList<>();
    boolean before = Files.exists(file);
    boolean intact = isIntact(folder);
    List<Integer> dropped =
        JsonLines.retainUpTo(file, MetricsHistory.STEP, (double) step, MetricsHistory::isLine);
    if (!dropped.isEmpty()) {
      notes.add("%s: skipped and removed damaged lines: %s".formatted(file, lineNumbers(dropped)));
    } else if (!intact && before) {
      notes.add(
          file + " is not what was written (checksum); the run continues, its curve may be wrong");
    } else if (!before && step > 0) {
      notes.add(file + " is missing; its curve begins at step " + step);
    }
    JsonLines.retainUpTo(folder.resolve(SAMPLES), MetricsHistory.STEP, (double) step, _ -> true);
    JsonLines lines = JsonLines.append(file);
    if (!notes.isEmpty()) {
      try (FileGroup.Change change = ModelFiles.group(folder).change()) {
        change.note(FILE, lines.force());
        change.commit();
      }
    }
    return new MetricsLog(folder, lines, notes, interval, counted);
  }

  /** Returns a log that is not written, for a process whose run is logged by another one. */
  static MetricsLog unwritten(Path folder, int interval, Unit counted) {
    return new MetricsLog(folder, null, List.of(), interval, counted);
  }

  private static boolean isIntact(Path folder) {
    try {
      ModelFiles.group(folder).checkBeginning(FILE);
      return true;
    } catch (InputException e) {
      return false; // the caller says so
    }
  }

  private static String lineNumbers(List<Integer> numbers) {
    String some = numbers.stream().limit(8).map(String::valueOf).collect(Collectors.joining(", "));
    return numbers.size() <= 8 ? some : some + " and " + (numbers.size() - 8) + " more";
  }

  /** Returns notes about the existing log for the user; empty if it was in order. */
  public List<String> notes() {
    return notes;
  }

  /** Forces the log and the samples to the disk; returns the log's length and checksum. */
  FileSum sync() {
    if (samples != null) {
      samples.force();
    }
    return Objects.requireNonNull(lines).force();
  }

  boolean due(long step) {
    return step % interval == 0;
  }

  void training(TrainingListener.StepReport report, double loss, long passed) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", report.step());
    line.put("epoch", report.epoch());
    line.put("loss", loss);
    if (counted.perplexity()) {
      line.put("perplexity", Math.exp(loss));
    }
    line.put("learning_rate", report.learningRate());
    line.put("gradient_norm", report.gradientNorm());
    line.put("seconds", report.seconds());
    double spent = report.seconds() - secondsBefore;
    if (secondsBefore > 0 && spent > 0) {
      line.put(counted.unit() + "_per_second", passed / spent);
    }
    secondsBefore = report.seconds();
    write(line);
  }

  void validation(TrainingListener.ValidationReport report) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", report.step());
    line.put("epoch", report.epoch());
    line.put("validation_loss", report.loss());
    if (counted.perplexity()) {
      line.put("validation_perplexity", report.perplexity());
    }
    if (report.accuracy() != null) {
      line.put("validation_accuracy", report.accuracy());
    }
    line.put("validation_targets", report.tokens());
    line.put("best", report.best());
    write(line);
  }

  private void write(Map<String, Object> line) {
    if (lines != null) {
      lines.write(line);
    }
  }

  void sample(TrainingListener.SampleReport report) {
    if (samples == null) {
      samples = JsonLines.append(folder.resolve(SAMPLES));
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(MetricsHistory.STEP, report.step());
    line.put(MetricsHistory.EPOCH, report.epoch());
    line.put(TEMPERATURE, report.temperature());
    if (!report.prompt().isEmpty()) {
      line.put(PROMPT, report.prompt());
    }
    line.put(TEXT, report.text());
    samples.write(line);
  }

  /**
   * Returns the texts that a model generated while it was trained, oldest first.
   *
   * @throws InputException if the file is damaged
   */
  public static List<TrainingListener.SampleReport> samples(Path folder) {
    Path file = folder.resolve(SAMPLES);
    List<TrainingListener.SampleReport> all = new ArrayList<>();
    if (!Files.exists(file)) {
      return all;
    }
    JsonLines.readObjects(
        file,
        (place, values) -> {
          if (!(values.get(MetricsHistory.STEP) instanceof Number step)
              || !(values.get(MetricsHistory.EPOCH) instanceof Number epoch)
              || !(values.get(TEMPERATURE) instanceof Number temperature)
              || !(values.get(TEXT) instanceof String text)) {
            throw new InputException(place + ": not a line of samples");
          }
          String prompt = values.get(PROMPT) instanceof String given ? given : "";
          all.add(
              new TrainingListener.SampleReport(
                  step.longValue(), epoch.doubleValue(), temperature.doubleValue(), prompt, text));
        });
    return all;
  }

  /** Removes the samples of an earlier run in a folder. */
  static void removeSamples(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve(SAMPLES));
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder.resolve(SAMPLES), e);
    }
  }

  /** Copies a log as it is now into a folder; does nothing if there is none. */
  static void copy(Path log, Path into, String name) {
    if (!Files.exists(log)) {
      return;
    }
    try {
      AtomicFile.writeBytes(into.resolve(name), Files.readAllBytes(log));
    } catch (IOException e) {
      throw IoErrors.cannotRead(log, e);
    }
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
    }
    if (samples != null) {
      samples.close();
    }
  }
}
