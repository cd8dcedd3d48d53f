package org.lm4j.task.lm.adapt;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.text.token.TokenSequence;

/** Scores one stream of tokens with a reader. */
final class StreamScores {
  private final TokenSequence tokens;
  private final int chunk;
  private double total;
  private long oov;
  private double oovTotal;

  /**
   * Prepares to score a text.
   *
   * @param chunk number of tokens that are read at a time
   */
  StreamScores(TokenSequence tokens, int chunk) {
    this.tokens = tokens;
    this.chunk = chunk;
  }

  /** Receives each scored token. */
  @FunctionalInterface
  interface Taker {
    /**
     * Receives one token.
     *
     * @param index of the token in the text
     */
    void take(long index, Chunk chunk, int row);
  }

  /**
   * Passes on every token but the first.
   *
   * @param begins receives the number of tokens that were scored before each chunk
   */
  void read(
      Reader reader,
      Taker taker,
      LongConsumer begins,
      Evaluator.@Nullable ProgressListener progress) {
    long targets = tokens.size() - 1;
    long chunks = (targets + chunk - 1) / chunk;
    int[] ids = new int[chunk + 1];
    for (long c = 0; c < chunks; c++) {
      long from = c * chunk;
      int count = (int) Math.min(chunk, targets - from);
      tokens.copy(from, count + 1, ids, 0);
      begins.accept(from);
      reader.read(ids, count, 1, (index, of, row) -> taker.take(from + index, of, row));
      if (progress != null) {
        progress.windows(c + 1, chunks);
      }
    }
  }

  /** Scores the text. */
  Evaluator.Score score(
      Reader reader,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    read(
        reader,
        (index, of, row) -> {
          double loss = Reader.loss(of, row);
          total += loss;
          if (tokens.isOov(index)) {
            oov++;
            oovTotal += loss;
          }
          if (listener != null) {
            listener.target(index, of.targets()[row], loss);
          }
        },
        _ -> {},
        progress);
    return new Evaluator.Score(tokens.size() - 1, total, oov, oovTotal);
  }
}
