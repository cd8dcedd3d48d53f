package org.lm4j.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Recognises texts that are read twice, by their tokens: under another name, through a link,
 * packed, with other line ends, and texts most of whose lines are read twice. Two hashes of 64 bits
 * and the number of tokens stand for a text; other texts will not share them by chance.
 */
final class TextPrints {
  private static final int NAMED = 3;
  private static final long FIRST = 0x9E3779B97F4A7C15L; // odd, their bits well mixed
  private static final long SECOND = 0xD1B54A32D192ED03L;

  /** Stands for a text. */
  private record Print(long first, long second, long tokens) {}

  private final Map<Print, String> known = new HashMap<>();
  private final List<String> again = new ArrayList<>();
  private final LinePrints lines;
  private boolean comparing;
  private long first;
  private long second;
  private long tokens;
  private int compared;

  /** Of texts of tokens at that level. */
  TextPrints(Level level) {
    this.lines = new LinePrints(level);
  }

  /** From here on texts are not remembered but looked up. */
  void compare() {
    comparing = true;
    lines.compare();
  }

  void add(int type) {
    first = (first ^ type) * FIRST;
    first ^= first >>> 32;
    second = (second + type) * SECOND;
    second ^= second >>> 29;
    tokens++;
    lines.add(type);
  }

  /** What was added last ends a line. */
  void endLine() {
    lines.endLine();
  }

  /** The text with what was added is over. */
  void end(String name) {
    Print print = new Print(first, second, tokens);
    first = 0;
    second = 0;
    tokens = 0;
    lines.endText();
    if (print.tokens == 0) {
      return;
    }
    if (!comparing) {
      known.putIfAbsent(print, name);
      return;
    }
    compared++;
    String same = known.get(print);
    if (same != null) {
      again.add(same.equals(name) ? name : name + " (the same as " + same + ")");
    }
  }

  /**
   * Such as {@code all of it: a.txt} or {@code 80 of 100 different lines}; empty where neither a
   * text that was looked up nor half of their lines was remembered.
   */
  String summary() {
    if (again.isEmpty()) {
      return lines.summary();
    }
    String names =
        String.join(", ", again.subList(0, Math.min(NAMED, again.size())))
            + (again.size() > NAMED ? " …" : "");
    return again.size() == compared
        ? "all of it: " + names
        : "%,d of its %,d files: %s".formatted(again.size(), compared, names);
  }
}
