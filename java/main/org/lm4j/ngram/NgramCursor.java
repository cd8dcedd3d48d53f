package org.lm4j.ngram;

import java.util.Arrays;

/**
 * Reads tokens one by one and gives the probabilities of the next one under an n-gram model, as
 * natural logarithms. After a sentence's end the next one begins. Used by one thread at a time.
 */
public final class NgramCursor {
  private final NgramTable table;
  private final int order;
  private final int[] nodes; // by length: the index of the context of that length, or -1
  private int longest; // of the contexts
  private int matched;

  /** Creates a cursor before the first token, where the context is empty. */
  public NgramCursor(NgramTable table) {
    this.table = table;
    this.order = table.order();
    this.nodes = new int[order];
    reset();
  }

  /** Forgets what was read: the context is empty, and probabilities are those of single tokens. */
  public void reset() {
    Arrays.fill(nodes, -1);
    longest = 0;
  }

  /** Makes the context that of the beginning of a sentence. */
  public void begin() {
    reset();
    if (order > 1) {
      nodes[1] = table.sentenceBegin();
      longest = 1;
    }
  }

  /**
   * Reads a token.
   *
   * @param token in {@code [0, V)}
   * @throws IllegalArgumentException if it is not
   */
  public void read(int token) {
    requireToken(token);
    if (token == table.sentenceEnd()) {
      begin();
      return;
    }
    try {
      int most = Math.min(longest + 1, order - 1);
      for (int length = most; length > 1; length--) {
        int shorter = nodes[length - 1];
        nodes[length] = shorter < 0 ? -1 : table.child(length - 1, shorter, token);
      }
      if (order > 1) {
        nodes[1] = token;
      }
      longest = most;
      while (longest > 1 && nodes[longest] < 0) {
        longest--;
      }
    } catch (IndexOutOfBoundsException | InternalError e) {
      throw table.damaged(e);
    }
  }

  /**
   * Returns the natural logarithm of the probability of a token after those that were read.
   *
   * @param token in {@code [0, V)}
   * @throws IllegalArgumentException if it is not
   */
  public double logProbability(int token) {
    requireToken(token);
    double backoff = 0;
    try {
      for (int length = longest; length > 0; length--) {
        int node = nodes[length];
        if (node < 0) {
          continue;
        }
        int found = table.child(length, node, token);
        if (found >= 0) {
          matched = length + 1;
          return backoff + table.level(length + 1).log(found);
        }
        backoff += table.level(length).backoff(node);
      }
      matched = 1;
      return backoff + table.level(1).log(token);
    } catch (IndexOutOfBoundsException | InternalError e) {
      throw table.damaged(e);
    }
  }

  /**
   * Returns the length of the n-gram whose probability {@link #logProbability} found at its last
   * call; less than its context allowed if it backed off.
   */
  public int matched() {
    return matched;
  }

  /**
   * Writes the natural logarithms of the probabilities of all tokens.
   *
   * @param target at least {@code V} numbers, of which the first {@code V} are overwritten
   */
  public void logProbabilities(double[] target) {
    int vocabulary = table.vocabulary();
    if (target.length < vocabulary) {
      throw new IllegalArgumentException(
          "there is room for %d of %d log-probabilities".formatted(target.length, vocabulary));
    }
    try {
      double[] weights = weights();
      NgramLevel unigrams = table.level(1);
      for (int id = 0; id < vocabulary; id++) {
        target[id] = weights[0] + unigrams.log(id);
      }
      for (int length = 1; length <= longest; length++) {
        if (nodes[length] >= 0) {
          overwrite(target, length, weights[length]);
        }
      }
    } catch (IndexOutOfBoundsException | InternalError e) {
      throw table.damaged(e);
    }
  }

  /** Returns by length of context the sum of the backoffs of all longer ones. */
  private double[] weights() {
    double[] weights = new double[longest + 1];
    double sum = 0;
    for (int length = longest; length >= 0; length--) {
      weights[length] = sum;
      if (length > 0 && nodes[length] >= 0) {
        sum += table.level(length).backoff(nodes[length]);
      }
    }
    return weights;
  }

  private void overwrite(double[] target, int length, double weight) {
    NgramLevel contexts = table.level(length);
    NgramLevel next = table.level(length + 1);
    int end = contexts.first(nodes[length] + 1);
    for (int i = contexts.first(nodes[length]); i < end; i++) {
      int token = next.word(i);
      if (token != table.sentenceBegin()) {
        target[token] = weight + next.log(i);
      }
    }
  }

  private void requireToken(int token) {
    if (token < 0 || token >= table.vocabulary()) {
      throw new IllegalArgumentException(
          "token %d is not in [0, %d)".formatted(token, table.vocabulary()));
    }
  }
}
