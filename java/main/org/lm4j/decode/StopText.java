package org.lm4j.decode;

import java.util.List;
import org.lm4j.InputException;

/**
 * Ends a streamed text where one of several stop strings appears. It immediately passes on text
 * that cannot be part of a stop string, holds back only text that can, and never outputs the stop
 * string. The division of the text into pieces makes no difference.
 */
public final class StopText {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /**
   * Creates a matcher at the beginning of a text.
   *
   * @param stops the stop strings; none to never stop
   * @throws InputException if one is empty
   */
  public StopText(List<String> stops) {
    this.stops = checked(stops);
  }

  /**
   * Returns the stop strings after checking that none is empty.
   *
   * @throws InputException if one is
   */
  public static List<String> checked(List<String> stops) {
    if (stops.contains("")) {
      throw new InputException("the stop text is empty; leave it out to generate the full length");
    }
    return List.copyOf(stops);
  }

  /**
   * Accepts the next piece of text; returns the text that can be output now, which may be empty.
   */
  public String accept(String piece) {
    if (stopped) {
      return "";
    }
    if (stops.isEmpty()) {
      return piece;
    }
    int searched = held.length();
    held.append(piece);
    // The match that ends first, as if characters came one by one; the longest of several.
    for (int end = searched + 1; end <= held.length(); end++) {
      int length = longestStopEndingAt(end);
      if (length > 0) {
        stopped = true;
        return held.substring(0, end - length);
      }
    }
    int safe = held.length() - longestBeginning();
    String shown = held.substring(0, safe);
    held.delete(0, safe);
    return shown;
  }

  /** Returns whether a stop string has appeared; no more text will be output. */
  public boolean stopped() {
    return stopped;
  }

  /** Ends the text: returns the text held back, or nothing if a stop string appeared. */
  public String finish() {
    String rest = stopped ? "" : held.toString();
    stopped = true;
    return rest;
  }

  private int longestStopEndingAt(int end) {
    int longest = 0;
    for (String stop : stops) {
      int start = end - stop.length();
      if (stop.length() > longest && start >= 0 && held.indexOf(stop, start) == start) {
        longest = stop.length();
      }
    }
    return longest;
  }

  /** Returns the length of the longest suffix of the text that is a prefix of a stop string. */
  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
