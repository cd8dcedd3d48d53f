package org.lm4j.task.lm;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.SoleUse;
import org.lm4j.text.token.TokenSequence;

/**
 * Scores a text with a decoder, token by token, as text is generated: for backends that do nothing
 * else.
 */
final class TokenScores {
  private static final int READ = 4096; // tokens from the text at a time

  private final LanguageModelNetwork model;
  private final TokenSequence tokens;

  TokenScores(LanguageModelNetwork model, TokenSequence tokens) {
    this.model = model;
    this.tokens = tokens;
  }

  /** Scores the whole text; {@code use} ends it when it is closed. */
  Evaluator.Score score(
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress,
      SoleUse use) {
    double total = 0;
    double oovTotal = 0;
    long oov = 0;
    long targets = tokens.size() - 1;
    long reads = (targets + READ - 1) / READ;
    int[] ids = new int[READ + 1];
    try (IncrementalDecoder decoder = model.tokenReader()) {
      double[] logits = new double[decoder.vocabulary()];
      for (long read = 0; read < reads; read++) {
        use.requireOpen();
        long from = read * READ;
        int count = (int) Math.min(READ, targets - from);
        tokens.copy(from, count + 1, ids, 0);
        for (int i = 0; i < count; i++) {
          decoder.read(ids[i]);
          decoder.logits(logits);
          int token = ids[i + 1];
          double loss = logOfSum(logits) - logits[token];
          long index = from + i + 1;
          total += loss;
          if (tokens.isOov(index)) {
            oov++;
            oovTotal += loss;
          }
          if (listener != null) {
            listener.target(index, token, loss);
          }
        }
        if (progress != null) {
          progress.windows(read + 1, reads);
        }
      }
    }
    return new Evaluator.Score(targets, total, oov, oovTotal);
  }

  /** Returns {@code log Σ exp(logit)}. */
  private static double logOfSum(double[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - most);
    }
    return most + Math.log(sum);
  }
}
