package org.lm4j.spark;

import java.util.Locale;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** A column that {@link Lm4jScore} can add. */
public enum ScoreColumn {
  /** The surprisal of the text in bits, the sum over its tokens: a {@code double}. */
  SURPRISAL(DataTypes.DoubleType),
  /**
   * The perplexity of the text, {@code exp} of the mean negative log-likelihood of its tokens: a
   * {@code double}, null where no token has a score.
   */
  PERPLEXITY(DataTypes.DoubleType),
  /** The number of tokens that have a score: an {@code int}. */
  TOKENS(DataTypes.IntegerType),
  /** The number of tokens that the vocabulary lacks: an {@code int}. */
  UNKNOWN(DataTypes.IntegerType),
  /** The hidden state of the last layer after the text: an array of {@code float}. */
  EMBEDDING(DataTypes.createArrayType(DataTypes.FloatType, false)),
  /** The label that a classifier assigns: a {@code string}, null for a text without words. */
  LABEL(DataTypes.StringType),
  /** The probability of that label: a {@code double}. */
  PROBABILITY(DataTypes.DoubleType);

  @SuppressWarnings("ImmutableEnumChecker") // no value of it changes
  private final DataType type;

  ScoreColumn(DataType type) {
    this.type = type;
  }

  /** Returns the name of the column: {@code surprisal} for {@link #SURPRISAL}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  DataType type() {
    return type;
  }

  boolean ofClassifier() {
    return this == LABEL || this == PROBABILITY;
  }

  boolean ofLines() {
    return !ofClassifier() && this != EMBEDDING;
  }
}
