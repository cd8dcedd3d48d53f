package org.lm4j.text;

import java.util.HashSet;
import java.util.Set;

/**
 * Recognises lines that are read twice, by hashes of their tokens: of a text of which a part is
 * also in another. Short lines, which many texts share, do not count; what has no line ends is cut
 * at places that its tokens decide. Of many lines those are kept whose hashes end in enough zeros,
 * so that the memory taken does not grow with the text.
 */
final class LinePrints {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // odd, its bits well mixed
  private static final int MOST_KEPT = 1 << 16;
  private static final int LONG = 200; // tokens of a line, behind which it is cut
  private static final int CUT_BITS = 7; // zeros in the hash of four tokens that end a part of it
  private static final int ENOUGH = 10; // lines

  private final int shortest;
  private final Set<Long> known = new HashSet<>();
  private final Set<Long> compared = new HashSet<>();
  private boolean comparing;
  private long mask; // bits that are zero in the hashes kept
  private long found;
  private long hash;
  private int tokens; // in it
  private long lineTokens; // since the last line end
  private long lastFour;

  /** Of a text of tokens at that level. */
  LinePrints(Level level) {
    this.shortest = level == Level.WORD ? 6 : 32;
  }

  /** From here on lines are not remembered but looked up. */
  void compare() {
    comparing = true;
    endText();
  }

  void add(int type) {
    hash = (hash ^ type) * MULTIPLIER;
    hash ^= hash >>> 32;
    tokens++;
    lineTokens++;
    lastFour = lastFour << 16 | (type & 0xFFFF);
    if (lineTokens > LONG && (lastFour * MULTIPLIER) >>> (64 - CUT_BITS) == 0) {
      endPart();
    }
  }

  /** What was added since the last end is a line. */
  void endLine() {
    endPart();
    lineTokens = 0;
  }

  private void endPart() {
    if (tokens >= shortest && (hash & mask) == 0) {
      if (!comparing) {
        keep();
      } else if (compared.size() < MOST_KEPT && compared.add(hash) && known.contains(hash)) {
        found++;
      }
    }
    hash = 0;
    tokens = 0;
  }

  /** What was added since the last end is no whole line. */
  void endText() {
    hash = 0;
    tokens = 0;
    lineTokens = 0;
  }

  private void keep() {
    known.add(hash);
    while (known.size() > MOST_KEPT) {
      mask = mask << 1 | 1;
      known.removeIf(each -> (each & mask) != 0);
    }
  }

  /** Such as {@code 80 of 100 different lines}; empty where it is less than half. */
  String summary() {
    return compared.size() >= ENOUGH && 2 * found >= compared.size()
        ? "%,d of %,d different lines%s"
            .formatted(found, compared.size(), mask == 0 ? "" : " that were compared")
        : "";
  }
}
