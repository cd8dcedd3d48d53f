package org.lm4j.text;

import java.util.HashSet;
import java.util.Set;

/**
 * Recognises lines that occur in two texts, by hashes of their tokens. Short lines, which many
 * texts share, do not count; text without line ends is cut at places determined by its tokens. Only
 * lines whose hashes end in enough zeros are kept (a MinHash-like sample), so memory does not grow
 * with the text.
 */
final class LinePrints {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // odd, with well-mixed bits
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

  /** Creates an empty set for tokens at that level. */
  LinePrints(Level level) {
    this.shortest = level == Level.WORD || level == Level.SUBWORD ? 6 : 32;
  }

  /** Switches from remembering lines to looking them up. */
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

  /** Ends a line made of the tokens added since the last end. */
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

  /** Ends the text; the tokens added since the last end are not a whole line. */
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

  /**
   * Returns a summary such as {@code 80 of 100 different lines}, or an empty string if it is less
   * than half.
   */
  String summary() {
    return compared.size() >= ENOUGH && 2 * found >= compared.size()
        ? "%,d of %,d different lines%s"
            .formatted(found, compared.size(), mask == 0 ? "" : " that were compared")
        : "";
  }
}
