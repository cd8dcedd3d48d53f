package org.lm4j.task.lm.ngram;

import org.lm4j.model.ModelKind;
import org.lm4j.ngram.NgramTable;

/**
 * The configuration of an n-gram model, as in its {@code config.json}.
 *
 * @param kind label of {@link ModelKind#NGRAM}
 * @param level label of the level of its tokens
 * @param vocabulary number {@code V} of tokens
 * @param order length of the longest n-grams
 * @param unit {@code line} if every line is a sentence, with a beginning and an end; {@code stream}
 *     if n-grams reach over line ends
 * @param smoothing how the probabilities were estimated
 * @param pruned the counts up to which n-grams were left out, by length, separated by commas; empty
 *     for none
 * @param discounts of each length, for people to read
 */
public record NgramConfig(
    String kind,
    String level,
    int vocabulary,
    int order,
    String unit,
    String smoothing,
    String pruned,
    String discounts) {
  /** The unit of models whose lines are sentences. */
  public static final String LINE = "line";

  /** The unit of models of one stream of tokens. */
  public static final String STREAM = "stream";

  static final String KNESER_NEY = "interpolated modified Kneser-Ney";
  static final String IMPORTED = "imported from an ARPA file";

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public NgramConfig {
    ModelKind.NGRAM.require(kind);
    if (vocabulary < 1 || order < 1 || order > NgramTable.MOST_ORDER) {
      throw new IllegalArgumentException(
          "the vocabulary must be at least 1, and the order from 1 to %d, not %d and %d"
              .formatted(NgramTable.MOST_ORDER, vocabulary, order));
    }
    if (!unit.equals(LINE) && !unit.equals(STREAM)) {
      throw new IllegalArgumentException(
          "the unit is %s or %s, not '%s'".formatted(LINE, STREAM, unit));
    }
  }
}
