package org.lm4j.train.log;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.JsonLines;
import org.lm4j.model.ModelFiles;

/**
 * The content of the log of a run, {@code log.jsonl}: the numbers of each line by name. Only the
 * names {@code step}, {@code epoch} and {@code seconds} have a meaning, so it reads the log of any
 * kind of model.
 */
public final class MetricsHistory {
  /** The name of the number of steps done, which every line has. */
  public static final String STEP = "step";

  /** The name of the number of passes over the training data, a fraction. */
  public static final String EPOCH = "epoch";

  /** The name of the seconds of training. */
  public static final String SECONDS = "seconds";

  private final List<Map<String, Double>> lines;

  private MetricsHistory(List<Map<String, Double>> lines) {
    this.lines = lines;
  }

  /** A metric over the course of training. */
  public static final class Metric {
    private final double[] steps;
    private final double[] epochs;
    private final double[] seconds;
    private final double[] values;

    private Metric(List<Map<String, Double>> lines, String name) {
      this.steps = column(lines, STEP);
      this.epochs = column(lines, EPOCH);
      this.seconds = column(lines, SECONDS);
      this.values = column(lines, name);
    }

    /** Returns the steps at which it was measured. */
    public double[] steps() {
      return steps.clone();
    }

    /** Returns the points in epochs, NaN where the log has none. */
    public double[] epochs() {
      return epochs.clone();
    }

    /**
     * Returns the points in seconds of training, NaN if the log has none. A line without them is
     * placed between its neighbours by its step.
     */
    public double[] seconds() {
      return seconds.clone();
    }

    /** Returns the values, which may be NaN or infinite. */
    public double[] values() {
      return values.clone();
    }

    /** Returns how many times it was measured. */
    public int size() {
      return values.length;
    }

    /** Returns the last of the finite values, if there is one. */
    public OptionalDouble last() {
      for (int i = size() - 1; i >= 0; i--) {
        if (Double.isFinite(values[i])) {
          return OptionalDouble.of(values[i]);
        }
      }
      return OptionalDouble.empty();
    }

    /** Returns the index of the first of the smallest finite values, or -1. */
    public int lowest() {
      return first((value, found) -> value < found);
    }

    /** Returns the index of the first of the largest finite values, or -1. */
    public int highest() {
      return first((value, found) -> value > found);
    }

    private interface Better {
      boolean than(double value, double found);
    }

    private int first(Better better) {
      int best = -1;
      for (int i = 0; i < size(); i++) {
        if (Double.isFinite(values[i]) && (best < 0 || better.than(values[i], values[best]))) {
          best = i;
        }
      }
      return best;
    }
  }

  /**
   * Reads a log. A half-written line at the end, as of a run in progress, is left out.
   *
   * @param file the log itself, or the folder that has it under its usual name
   * @throws InputException if there is none, it was changed since it was written, or a line is not
   *     one of a log: not a JSON object of numbers, without a step, or with a smaller step than the
   *     line before
   */
  public static MetricsHistory read(Path file) {
    Path log = file(file);
    if (!Files.exists(log)) {
      throw new InputException(
          Files.exists(file)
              ? file + " has no " + ModelFiles.LOG + ": nothing was trained there"
              : file + " does not exist");
    }
    Path folder = log.toAbsolutePath().getParent();
    if (folder != null && log.endsWith(ModelFiles.LOG)) {
      ModelFiles.group(folder).checkBeginning(ModelFiles.LOG);
    }
    List<Map<String, Double>> lines = new ArrayList<>();
    JsonLines.readObjects(
        log,
        (place, values) -> {
          Map<String, Double> line = numbers(place, values);
          double before = lines.isEmpty() ? 0 : step(lines.getLast());
          if (step(line) < before) {
            throw new InputException(
                "%s: step %.0f after step %.0f; steps do not go back in a log"
                    .formatted(place, step(line), before));
          }
          lines.add(line);
        });
    return new MetricsHistory(placedInTime(lines));
  }

  /** Returns where the log of a folder lies now, or the log itself. */
  public static Path file(Path folderOrLog) {
    return Files.isDirectory(folderOrLog)
        ? ModelFiles.group(folderOrLog).locate(ModelFiles.LOG)
        : folderOrLog;
  }

  /** Returns the number of lines. */
  public int size() {
    return lines.size();
  }

  /** Returns the last value of {@code name} in the log. */
  public OptionalDouble last(String name) {
    return metric(name).last();
  }

  /** Returns the names of all metrics, in the order of their first appearance. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    lines.forEach(line -> names.addAll(line.keySet()));
    names.removeAll(Set.of(STEP, EPOCH, SECONDS));
    return names;
  }

  /** Returns the values of a metric and where they were measured; empty if it never was. */
  public Metric metric(String name) {
    return new Metric(lines.stream().filter(line -> line.containsKey(name)).toList(), name);
  }

  /** Returns the lines themselves: numbers by name. */
  public List<Map<String, Double>> lines() {
    return lines;
  }

  private static double[] column(List<Map<String, Double>> lines, String name) {
    return lines.stream().mapToDouble(line -> line.getOrDefault(name, Double.NaN)).toArray();
  }

  private static Map<String, Double> numbers(String place, Map<String, @Nullable Object> values) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (!(value instanceof Boolean)) {
            numbers.put(name, number(place, name, value));
          }
        });
    Double step = numbers.get(STEP);
    if (step == null || !(step >= 0 && step == Math.rint(step) && step < 1e15)) {
      throw new InputException(
          place
              + ": "
              + (step == null ? "no step" : "step " + step + " is not a whole number of at least 0")
              + "; it is not a line of a training log");
    }
    return numbers;
  }

  /** Returns whether a line of these values can be read. */
  public static boolean isLine(Map<String, @Nullable Object> values) {
    try {
      numbers("", values);
      return true;
    } catch (InputException e) {
      return false;
    }
  }

  private static double number(String place, String name, @Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value == null) { // what was not a finite number
      return Double.NaN;
    }
    // Earlier versions wrote such numbers as texts.
    if (value instanceof String text && Set.of("NaN", "Infinity", "-Infinity").contains(text)) {
      return Double.parseDouble(text);
    }
    throw new InputException(
        "%s: '%s' is not a number; it is not a line of a training log".formatted(place, name));
  }

  private static double step(Map<String, Double> line) {
    return line.getOrDefault(STEP, 0.0);
  }

  /** Interpolates the seconds of lines that have none, from 0 at step 0. */
  private static List<Map<String, Double>> placedInTime(List<Map<String, Double>> lines) {
    int[] next = new int[lines.size()];
    int coming = lines.size();
    for (int i = lines.size() - 1; i >= 0; i--) {
      coming = lines.get(i).containsKey(SECONDS) ? i : coming;
      next[i] = coming;
    }
    if (coming == lines.size()) {
      return List.copyOf(lines);
    }
    double step = 0;
    double seconds = 0;
    double pace = 0;
    for (int i = 0; i < lines.size(); i++) {
      Map<String, Double> line = lines.get(i);
      Double own = line.get(SECONDS);
      if (own == null) {
        if (next[i] < lines.size()) {
          Map<String, Double> after = lines.get(next[i]);
          double steps = step(after) - step;
          pace = steps > 0 ? (after.getOrDefault(SECONDS, seconds) - seconds) / steps : 0;
        }
        line.put(SECONDS, seconds + (step(line) - step) * pace);
      } else {
        pace = step(line) > step ? (own - seconds) / (step(line) - step) : pace;
        step = step(line);
        seconds = own;
      }
    }
    return List.copyOf(lines);
  }
}
