package org.lm4j.decode;

import java.util.List;
import org.lm4j.InputException;

/**
 * Ends a streamed text where one of several stop texts appears. Passes on at once all that cannot
 * be part of a stop text any more, holds back only what still can, and never shows the stop text.
 * How the text is cut into pieces makes no difference.
 */
public final class StopText {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /**
   * A matcher at the beginning of a text.
   *
   * @param stops none to never stop
   * @throws InputException if one is empty
   */
  public StopText(List<String> stops) {
    this.stops = checked(stops);
  }

  /**
   * The texts, none of them empty.
   *
   * @throws InputException if one is
   */
  public static List<String> checked(List<String> stops) {
    if (stops.contains("")) {
      throw new InputException("the stop text is empty; leave it out to go on to the full length");
    }
    return List.copyOf(stops);
  }

  /** Takes the next piece of text; returns what can be shown now, perhaps nothing. */
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

  /** Whether a stop text has appeared: nothing more will be shown. */
  public boolean stopped() {
    return stopped;
  }

  /** The text is over: returns what was held back, nothing if a stop text appeared. */
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

  /** Length of the longest end of the text that is a beginning of a stop text. */
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
