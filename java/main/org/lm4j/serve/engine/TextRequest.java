package org.lm4j.serve.engine;

import java.util.List;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.decode.StopText;

/**
 * A text to compute: a prompt to read, and tokens to generate after it.
 *
 * @param prompt ids to read, at least one
 * @param context how many of the prompt's first tokens are only read: they are not reported
 * @param sampling how tokens are chosen
 * @param seed of the random numbers; the same seed gives the same text
 * @param sample the number of the text among several with the same seed
 * @param length the largest number of tokens to generate; 0 to score or embed the prompt alone
 * @param stops texts that end the generation where they appear; none empty
 * @param scoring what is computed about each token
 * @param embedding whether the hidden state after the prompt is wanted
 * @param changes what is added to logits before a token is chosen
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TextRequest(
    int[] prompt,
    int context,
    SamplingOptions sampling,
    long seed,
    int sample,
    int length,
    List<String> stops,
    Scoring scoring,
    boolean embedding,
    LogitChanges changes) {

  /**
   * What is computed about tokens.
   *
   * @param generated whether generated tokens have a log-probability
   * @param prompt whether those of the prompt have one, but for the first
   * @param top how many of the most likely tokens are listed at each place
   */
  public record Scoring(boolean generated, boolean prompt, int top) {
    /** Nothing but the text. */
    public static final Scoring NONE = new Scoring(false, false, 0);
  }

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the prompt is empty, or a number is negative
   * @throws org.lm4j.InputException if a stop text is empty
   */
  public TextRequest {
    if (prompt.length == 0 || length < 0 || scoring.top < 0) {
      throw new IllegalArgumentException(
          "a text needs a prompt, and numbers that are not negative");
    }
    stops = StopText.checked(stops);
  }
}
