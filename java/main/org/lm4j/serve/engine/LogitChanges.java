package org.lm4j.serve.engine;

import java.util.Map;

/**
 * What is added to logits before a token is chosen, as in OpenAI's API: {@code logit + bias -
 * frequency · c - presence · [c > 0]}, where {@code c} is how often the token was generated before
 * in this text; the prompt does not count. Reported log-probabilities are those without it.
 *
 * @param frequency penalty for each time that a token was generated
 * @param presence penalty for tokens that were generated
 * @param bias added to the logits of these ids
 */
public record LogitChanges(double frequency, double presence, Map<Integer, Double> bias) {
  /** Changes nothing. */
  public static final LogitChanges NONE = new LogitChanges(0, 0, Map.of());

  /** Copies the map. */
  public LogitChanges {
    bias = Map.copyOf(bias);
  }

  /** Returns whether logits stay as they are. */
  boolean none() {
    return frequency == 0 && presence == 0 && bias.isEmpty();
  }

  /**
   * Changes logits.
   *
   * @param logits {@code (V)}; modified
   * @param counts how often each id was generated before
   */
  void apply(double[] logits, Map<Integer, Integer> counts) {
    bias.forEach((id, added) -> logits[id] += added);
    if (frequency != 0 || presence != 0) {
      counts.forEach((id, count) -> logits[id] -= frequency * count + presence);
    }
  }
}
