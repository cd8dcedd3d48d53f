package org.lm4j.cli.plot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.lm4j.InputException;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.log.EventFileWriter.Event;
import org.lm4j.train.log.MetricsHistory;

/**
 * A logged run.
 *
 * @param path its folder, or its log
 * @param name distinguishes it from the others
 * @param history its log
 * @param loggedAt when the last line was written, in seconds since 1970
 */
public record LoggedRun(Path path, String name, MetricsHistory history, double loggedAt) {
  /** The prefix of a validation metric, followed by the name of its training metric. */
  static final String VALIDATION = "validation_";

  /** Sizes and other constants of each line, which are not drawn; the second is from older logs. */
  private static final Set<String> NO_METRIC = Set.of("validation_targets", "validation_tokens");

  /** The measure of a run's progress. */
  public enum Progress {
    STEP,
    EPOCH,
    TIME;

    /** Returns the name users write. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads the logs.
   *
   * @throws InputException if one is missing or damaged, one is named twice, or none has a line yet
   */
  public static List<LoggedRun> read(List<Path> paths) {
    List<String> names = names(paths);
    List<LoggedRun> runs = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      MetricsHistory history = MetricsHistory.read(paths.get(i));
      runs.add(new LoggedRun(paths.get(i), names.get(i), history, modified(paths.get(i))));
    }
    if (runs.stream().allMatch(run -> run.history().size() == 0)) {
      throw new InputException(
          "the log of " + paths.getFirst() + " has no whole line yet; wait for the first.");
    }
    return runs;
  }

  /** Returns the names of the metrics that can be drawn: everything measured except sizes. */
  Set<String> metrics() {
    Set<String> names = history.names();
    names.removeAll(NO_METRIC);
    return names;
  }

  /** Returns the log as events: {@code validation_loss} becomes {@code loss/validation}. */
  List<Event> events() {
    Set<String> metrics = metrics();
    double end = history.last(MetricsHistory.SECONDS).orElse(0);
    List<Event> events = new ArrayList<>();
    for (Map<String, Double> line : history.lines()) {
      Map<String, Double> scalars = new LinkedHashMap<>();
      line.forEach(
          (name, value) -> {
            if (metrics.contains(name)) {
              scalars.put(tag(name, metrics), value);
            }
          });
      double seconds = line.getOrDefault(MetricsHistory.SECONDS, end);
      long step = line.getOrDefault(MetricsHistory.STEP, 0.0).longValue();
      events.add(new Event(loggedAt - end + seconds, step, scalars));
    }
    return events;
  }

  private static String tag(String name, Set<String> all) {
    if (name.startsWith(VALIDATION)) {
      return name.substring(VALIDATION.length()) + "/validation";
    }
    return all.contains(VALIDATION + name) ? name + "/training" : name;
  }

  /** Returns the last parts of the paths, as many as tell them apart. */
  public static List<String> names(List<Path> paths) {
    List<Path> folders = new ArrayList<>();
    for (Path path : paths) {
      Path whole = path.toAbsolutePath().normalize();
      Path parent = whole.getParent();
      boolean usual = MetricsLog.FILE.equals(String.valueOf(whole.getFileName()));
      Path folder = usual && parent != null ? parent : whole;
      if (folders.contains(folder)) {
        throw new InputException(path + " is named twice.");
      }
      folders.add(folder);
    }
    int[] parts = new int[folders.size()];
    List<String> names;
    boolean alike;
    do {
      names = new ArrayList<>();
      for (int i = 0; i < parts.length; i++) {
        names.add(end(folders.get(i), parts[i] + 1));
      }
      alike = false;
      for (int i = 0; i < parts.length; i++) {
        if (Collections.frequency(names, names.get(i)) > 1) {
          alike = true;
          parts[i]++; // ends, for different folders differ in some part
        }
      }
    } while (alike);
    return names;
  }

  private static String end(Path path, int parts) {
    int count = path.getNameCount();
    return count == 0 ? "run" : path.subpath(Math.max(0, count - parts), count).toString();
  }

  private static double modified(Path path) {
    try {
      return Files.getLastModifiedTime(MetricsHistory.file(path)).toMillis() / 1000.0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
