package org.lm4j.task.lm.line;

import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;

/**
 * How lines are scored, see {@link LanguageModel#score(java.util.stream.Stream, LineScoring)}. What
 * is not set: each line begins from a zero state after a line end, the line's end is not scored,
 * and only surprisal is computed.
 *
 * @param begin whether the model reads a line end before the line; null for where its vocabulary
 *     has one
 * @param context text that is read before the line and not scored; empty for none
 * @param end whether the line's end is scored too, as the last token
 * @param carry whether the state is carried from line to line, as in one text
 * @param predictions whether the rank of each token and the entropy of the prediction are computed
 * @param top how many of the most likely tokens are kept for each place
 */
public record LineScoring(
    @Nullable Boolean begin,
    String context,
    boolean end,
    boolean carry,
    boolean predictions,
    int top) {
  private static final LineScoring DEFAULTS = new LineScoring(null, "", false, false, false, 0);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if {@code top} is negative
   */
  public LineScoring {
    if (top < 0) {
      throw new IllegalArgumentException("the number of alternatives is negative: " + top);
    }
  }

  /** Returns the defaults: surprisal alone, each line after a line end. */
  public static LineScoring defaults() {
    return DEFAULTS;
  }

  /**
   * Returns the defaults for a model: for one that was trained on lines, the symbols around them
   * and the state as in training; else those of {@link #defaults()}.
   *
   * @param segmentation how the model's text was divided
   */
  public static LineScoring of(Segmentation segmentation) {
    if (segmentation.unit() != TextUnit.LINE) {
      return DEFAULTS;
    }
    Symbols symbols = segmentation.symbols();
    return new LineScoring(symbols.begin(), "", symbols.end(), segmentation.carry(), false, 0);
  }

  /**
   * Returns a copy that chooses whether a line end is read before each line: without it and without
   * a context, the first token of a line has no score.
   */
  public LineScoring withBegin(boolean lineEndFirst) {
    return new LineScoring(lineEndFirst, context, end, carry, predictions, top);
  }

  /** Returns a copy in which a text is read before each line, or before the first if carried. */
  public LineScoring withContext(String text) {
    return new LineScoring(begin, text, end, carry, predictions, top);
  }

  /** Returns a copy in which the end of each line is scored, as its last token. */
  public LineScoring withEnd() {
    return withEnd(true);
  }

  /** Returns a copy that chooses whether the end of each line is scored, as its last token. */
  public LineScoring withEnd(boolean scored) {
    return new LineScoring(begin, context, scored, carry, predictions, top);
  }

  /** Returns a copy in which the state is carried from line to line. */
  public LineScoring carried() {
    return withCarry(true);
  }

  /** Returns a copy that chooses whether the state is carried from line to line. */
  public LineScoring withCarry(boolean carried) {
    return new LineScoring(begin, context, end, carried, predictions, top);
  }

  /**
   * Returns a copy that computes the rank of each token, the entropy of the prediction, and the
   * most likely tokens, which takes longer.
   *
   * @param alternatives how many of the most likely tokens are kept; may be 0
   */
  public LineScoring withPredictions(int alternatives) {
    return new LineScoring(begin, context, end, carry, true, alternatives);
  }
}
