package org.lm4j.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Recognises texts that are read twice, by their tokens: under another name, through a link,
 * packed, with other line ends, and texts most of whose lines are read twice. A text is identified
 * by two 64-bit hashes and its number of tokens, which no two texts share by chance.
 */
final class TextPrints {
  private static final int NAMED = 3;
  private static final long FIRST = 0x9E3779B97F4A7C15L; // odd, with well-mixed bits
  private static final long SECOND = 0xD1B54A32D192ED03L;

  /** Identifies a text. */
  private record Print(long first, long second, long tokens) {}

  private final Map<Print, String> known = new HashMap<>();
  private final List<String> again = new ArrayList<>();
  private final LinePrints lines;
  private final boolean remembers;
  private boolean comparing;
  private long first;
  private long second;
  private long tokens;
  private int compared;

  /** Creates an empty set for tokens at that level. */
  TextPrints(Level level) {
    this(level, true);
  }

  private TextPrints(Level level, boolean remembers) {
    this.lines = new LinePrints(level);
    this.remembers = remembers;
  }

  /** Returns a set that stays empty, for texts with which none is compared. */
  static TextPrints none(Level level) {
    return new TextPrints(level, false);
  }

  /** Switches from remembering texts to looking them up. */
  void compare() {
    comparing = true;
    lines.compare();
  }

  void add(int type) {
    if (!remembers) {
      return;
    }
    first = (first ^ type) * FIRST;
    first ^= first >>> 32;
    second = (second + type) * SECOND;
    second ^= second >>> 29;
    tokens++;
    lines.add(type);
  }

  /** Ends a line with the token added last. */
  void endLine() {
    if (remembers) {
      lines.endLine();
    }
  }

  /** Ends the text that was added. */
  void end(String name) {
    if (!remembers) {
      return;
    }
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
   * Returns a summary such as {@code all of it: a.txt} or {@code 80 of 100 different lines}, or an
   * empty string if neither a whole text nor half of the lines were found again.
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
