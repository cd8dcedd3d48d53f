package org.lm4j.compute;

import org.jspecify.annotations.Nullable;

/** The argument checks of decoders: tokens to read, and room for what is written. */
public final class DecoderChecks {
  private DecoderChecks() {}

  /**
   * Checks a token for an {@link IncrementalDecoder}.
   *
   * @throws IllegalArgumentException if it is not in [0, vocabulary)
   */
  public static void token(int token, int vocabulary) {
    if (token < 0 || token >= vocabulary) {
      throw Checks.broken("tokenReader", "token %d is not in [0, %d)".formatted(token, vocabulary));
    }
  }

  /**
   * Checks the array into which an {@link IncrementalDecoder} writes.
   *
   * @throws IllegalArgumentException if there is less room than for {@code vocabulary} numbers
   */
  public static void target(double[] target, int vocabulary) {
    if (target.length < vocabulary) {
      throw Checks.broken(
          "tokenReader", "%d numbers do not fit into %d".formatted(vocabulary, target.length));
    }
  }

  /**
   * Checks the arguments of {@link BatchDecoder#read}.
   *
   * @throws IllegalArgumentException if the count, an id or a length is out of range
   */
  public static void batch(
      int count, int rows, int[] tokens, double[] @Nullable [] targets, int vocabulary) {
    if (count < 1 || count > rows || tokens.length < count || targets.length < count) {
      throw Checks.broken(
          "batchReader",
          "%d sequences of %d, with %d tokens and %d targets"
              .formatted(count, rows, tokens.length, targets.length));
    }
    for (int row = 0; row < count; row++) {
      token(tokens[row], vocabulary);
      double[] target = targets[row];
      if (target != null) {
        target(target, vocabulary);
      }
    }
  }
}
