package org.lm4j.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;

/**
 * How texts are scored, as a value that Spark can send.
 *
 * @param begin whether a line end is read first; null for the model's usual way
 * @param end whether a line end is scored last; null for the model's usual way
 * @param context text that is read first and not scored
 * @param longest most characters of a text
 * @param skips whether a longer one has null columns; else it is an error
 */
record LineSettings(
    @Nullable Boolean begin, @Nullable Boolean end, String context, int longest, boolean skips)
    implements Serializable {
  /** The limit of {@code lm score}. */
  static final int LONGEST = 1 << 22;

  static final LineSettings DEFAULT = new LineSettings(null, null, "", LONGEST, false);

  /** Scores texts, each independently of the others. */
  List<LineScore> score(ExecutorModel model, List<String> texts) {
    return model.use(
        this, held -> held.scoring().lineScorer(of(held)), scorer -> scorer.score(texts));
  }

  private LineScoring of(ExecutorModel held) {
    ScoringModel model = held.scoring();
    LineScoring scoring = LineScoring.of(model.segmentation()).withCarry(false);
    scoring = begin == null ? scoring : scoring.withBegin(begin);
    scoring = end == null ? scoring : scoring.withEnd(end);
    return context.isEmpty() ? scoring : scoring.withContext(context);
  }

  /**
   * Returns whether a text is not too long.
   *
   * @throws InputException if it is, and long ones are not skipped
   */
  boolean fits(String text) {
    if (text.length() <= longest) {
      return true;
    }
    if (skips) {
      return false;
    }
    throw new InputException(
        "a text has %,d characters, and %,d are allowed: divide it, set longest(…), or give such rows null by nullIfLonger()"
            .formatted(text.length(), longest));
  }
}
