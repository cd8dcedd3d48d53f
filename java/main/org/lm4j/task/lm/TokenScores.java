package org.lm4j.task.lm;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.SoleUse;
import org.lm4j.text.token.TokenSequence;

/**
 * Scores a text token by token, as text is generated: for models that are no networks, and for
 * backends that do nothing else.
 */
final class TokenScores {
  private static final int READ = 4096; // tokens from the text at a time

  private final Supplier<ScoringModel.Cursor> cursors;
  private final TokenSequence tokens;

  TokenScores(LanguageModelNetwork model, TokenSequence tokens) {
    this(() -> Cursors.of(model.tokenReader()), tokens);
  }

  /** Prepares to score {@code tokens} with a cursor, which is closed at the end of the text. */
  TokenScores(Supplier<ScoringModel.Cursor> cursors, TokenSequence tokens) {
    this.cursors = cursors;
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
    try (ScoringModel.Cursor cursor = cursors.get()) {
      for (long read = 0; read < reads; read++) {
        use.requireOpen();
        long from = read * READ;
        int count = (int) Math.min(READ, targets - from);
        tokens.copy(from, count + 1, ids, 0);
        for (int i = 0; i < count; i++) {
          cursor.read(ids[i]);
          int token = ids[i + 1];
          double loss = -cursor.logProbability(token);
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
}
