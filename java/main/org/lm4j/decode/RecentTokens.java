package org.lm4j.decode;

import java.util.Arrays;

/**
 * The last {@value #WINDOW} tokens of a text, prompt included, whose repetition is penalized. The
 * line end is exempt: it would keep lines from ending. Not thread-safe.
 */
public final class RecentTokens {
  /** The number of tokens in the window. */
  public static final int WINDOW = 64;

  private final int[] ring = new int[WINDOW];
  private final int exempt;
  private long size;

  /**
   * Creates an empty window.
   *
   * @param exempt an id whose logit is never changed; -1 for none
   */
  public RecentTokens(int exempt) {
    this.exempt = exempt;
  }

  /** Adds a token; the oldest leaves the window once it is full. */
  public void add(int id) {
    ring[(int) (size++ % WINDOW)] = id;
  }

  /** Adds the last {@code count} of these tokens, or as many of them as the window holds. */
  public void addAll(int[] ids, int count) {
    for (int i = Math.max(0, count - WINDOW); i < count; i++) {
      add(ids[i]);
    }
  }

  /**
   * Divides the positive logits of the tokens in the window by {@code penalty} and multiplies the
   * negative ones, each once however often the token occurs.
   *
   * @param logits {@code (V)}; modified
   */
  public void penalize(double[] logits, double penalty) {
    if (penalty == 1) {
      return;
    }
    int[] present = Arrays.copyOf(ring, (int) Math.min(size, WINDOW));
    Arrays.sort(present);
    for (int i = 0; i < present.length; i++) {
      int id = present[i];
      if (id != exempt && (i == 0 || id != present[i - 1])) {
        logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
      }
    }
  }
}
