package org.lm4j.task.lm.ngram;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.ngram.NgramCursor;
import org.lm4j.text.token.TokenSequence;

/**
 * How well an n-gram model predicts a text by the protocol of SRILM and KenLM: the text begins like
 * a sentence, and every token is a target, the first one and all line ends too.
 *
 * @param targets number of targets
 * @param lineEnds how many of them are line ends
 * @param unknown how many have text that the vocabulary lacks, scored as {@code <unk>}
 * @param nats sum of the negative log-likelihoods, in nats
 * @param unknownNats the part of those of unknown text
 * @param matched by length of n-gram, from 1: for how many targets the longest one that the model
 *     lists has that length
 */
public record NgramEvaluation(
    long targets,
    long lineEnds,
    long unknown,
    double nats,
    double unknownNats,
    List<Long> matched) {
  private static final int READ = 1 << 12; // tokens at a time

  /** Keeps an unmodifiable copy of the list. */
  public NgramEvaluation {
    matched = List.copyOf(matched);
  }

  /** Evaluates a model on a text of at least one token. */
  public static NgramEvaluation of(NgramModel model, TokenSequence text) {
    NgramCursor cursor = new NgramCursor(model.table());
    int lineEnd = model.vocabulary().lineEnd();
    long[] matched = new long[model.table().order()];
    long ends = 0;
    long unknown = 0;
    double nats = 0;
    double unknownNats = 0;
    int[] ids = new int[READ];
    cursor.begin();
    for (long from = 0; from < text.size(); from += READ) {
      int count = (int) Math.min(READ, text.size() - from);
      text.copy(from, count, ids, 0);
      for (int i = 0; i < count; i++) {
        double loss = -cursor.logProbability(ids[i]);
        matched[cursor.matched() - 1]++;
        nats += loss;
        ends += ids[i] == lineEnd ? 1 : 0;
        if (text.isOov(from + i)) {
          unknown++;
          unknownNats += loss;
        }
        cursor.read(ids[i]);
      }
    }
    List<Long> lengths = new ArrayList<>();
    for (long count : matched) {
      lengths.add(count);
    }
    return new NgramEvaluation(text.size(), ends, unknown, nats, unknownNats, lengths);
  }

  /** Returns the perplexity of all targets. */
  public double perplexity() {
    return Math.exp(nats / targets);
  }

  /** Returns the perplexity of the targets that the vocabulary has; NaN if there are none. */
  public double perplexityOfKnown() {
    return Math.exp((nats - unknownNats) / (targets - unknown));
  }

  /** Returns the sum of the logarithms of the probabilities, with the base 10. */
  public double log10() {
    return -nats / Math.log(10);
  }
}
