package org.lm4j.text.source;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The files that were found in folders and archives but not read, counted by reason. */
public final class SkippedFiles {
  private static final int NAMED = 3; // of what the user may miss; else one

  private final Map<SkipReason, Long> counts = new EnumMap<>(SkipReason.class);
  private final Map<SkipReason, List<String>> names = new EnumMap<>(SkipReason.class);

  /** Creates an empty list. */
  public SkippedFiles() {}

  /** Adds a file that was skipped. */
  public void add(SkipReason reason, String name) {
    counts.merge(reason, 1L, Long::sum);
    List<String> known = names.computeIfAbsent(reason, ignored -> new ArrayList<>());
    if (known.size() < named(reason)) {
      known.add(Escapes.text(name));
    }
  }

  /** Adds all files of another list. */
  public void addAll(SkippedFiles others) {
    others.counts.forEach((reason, count) -> counts.merge(reason, count, Long::sum));
    others.names.forEach(
        (reason, list) -> {
          List<String> known = names.computeIfAbsent(reason, ignored -> new ArrayList<>());
          list.stream().limit(named(reason) - known.size()).forEach(known::add);
        });
  }

  /** Returns how many files were skipped in all. */
  public long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns how many files were skipped for one reason. */
  public long count(SkipReason reason) {
    return counts.getOrDefault(reason, 0L);
  }

  /**
   * Returns a summary such as {@code 2 hidden; 4 dangling links: d/1.txt, d/2.txt, d/3.txt …}, or
   * an empty string if nothing was skipped.
   */
  public String summary() {
    List<String> parts = new ArrayList<>();
    counts.forEach(
        (reason, count) -> {
          String part = String.format("%,d %s", count, reason.label(count));
          List<String> known = names.getOrDefault(reason, List.of());
          if (!known.isEmpty()) {
            part += ": " + String.join(", ", known) + (known.size() < count ? " …" : "");
          }
          parts.add(part);
        });
    return String.join("; ", parts);
  }

  /** Returns how many names to show: few for reasons that are expected in folders of text. */
  private static int named(SkipReason reason) {
    return switch (reason) {
      case HIDDEN -> 0;
      case BINARY, OTHER_FORMAT, MODEL -> 1;
      default -> NAMED;
    };
  }
}
