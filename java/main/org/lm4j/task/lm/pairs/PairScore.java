package org.lm4j.task.lm.pairs;

import java.util.Arrays;

/**
 * The scores of both sentences of a pair under a model.
 *
 * @param good that of the acceptable sentence
 * @param bad that of the other one
 */
public record PairScore(MinimalPair pair, Sentence good, Sentence bad) {
  /** Scores closer than this part of them differ by rounding, in float32 as on a CPU or GPU. */
  private static final double ROUNDING = 1e-6;

  /** What a model makes of a pair. */
  public enum Outcome {
    /** The acceptable sentence has the higher probability. */
    HIT,
    /** The other sentence has the higher probability. */
    MISS,
    /** Both have the same probability, up to rounding. */
    TIE
  }

  /**
   * The score of one sentence.
   *
   * @param nats its surprisal, the negative log-likelihood of the tokens scored
   * @param ids the tokens scored, as indices of the vocabulary
   * @param unknown the number of its tokens that the vocabulary lacks
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by its own method
  public record Sentence(double nats, int[] ids, int unknown) {
    /** Returns the number of tokens scored. */
    public int tokens() {
      return ids.length;
    }

    /** Returns the mean surprisal of a token in nats; NaN if none is scored. */
    public double mean() {
      return nats / ids.length;
    }
  }

  /**
   * Returns the outcome.
   *
   * @param mean whether the mean surprisal of a token decides, else the sum
   */
  public Outcome outcome(boolean mean) {
    double right = mean ? good.mean() : good.nats();
    double wrong = mean ? bad.mean() : bad.nats();
    double most = Math.max(Math.abs(right), Math.abs(wrong));
    if (Arrays.equals(good.ids(), bad.ids()) || Math.abs(right - wrong) <= ROUNDING * most) {
      return Outcome.TIE;
    }
    return right < wrong ? Outcome.HIT : Outcome.MISS;
  }

  /** Returns the number of tokens of both sentences that the vocabulary lacks. */
  public int unknown() {
    return good.unknown() + bad.unknown();
  }
}
