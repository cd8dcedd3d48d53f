package org.lm4j.task.inspect;

import org.lm4j.InputException;
import org.lm4j.text.token.TokenFile;

/** Takes pieces of a text, spread evenly from its beginning to its end. */
public final class Excerpts {
  private Excerpts() {}

  /**
   * Fills in {@code B} pieces of {@code T} tokens and the token after each. They begin at different
   * places, and overlap where the text is short.
   *
   * @param inputs time-major {@code (T, B)}: entry {@code t·B + b}
   * @param next the token after each piece, {@code (B)}
   * @throws InputException when there are fewer than {@code T + B} tokens
   */
  public static void fill(TokenFile tokens, int steps, int[] inputs, int[] next) {
    int batch = next.length;
    long places = tokens.size() - steps; // where a piece can begin
    if (places < batch) {
      throw InputException.naming(
          "the text has %d tokens; %d windows of %d steps need at least %d: give more, or make {windows} or {steps} smaller."
              .formatted(tokens.size(), batch, steps, (long) steps + batch));
    }
    int[] piece = new int[steps + 1];
    for (int b = 0; b < batch; b++) {
      long from = batch == 1 ? 0 : b * (places - 1) / (batch - 1);
      tokens.copy(from, steps + 1, piece, 0);
      for (int t = 0; t < steps; t++) {
        inputs[t * batch + b] = piece[t];
      }
      next[b] = piece[steps];
    }
  }
}
