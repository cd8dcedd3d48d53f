package org.lm4j.spark;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.decode.Sampling;
import org.lm4j.text.EncodedLine;

/** A function of SQL that computes a value from one text. */
enum TextFunction {
  SURPRISAL(
      DataTypes.DoubleType,
      "surprisal of the text in bits",
      (model, text) -> scored(model, ScoreColumn.SURPRISAL, text)),
  PERPLEXITY(
      DataTypes.DoubleType,
      "perplexity of the text",
      (model, text) -> scored(model, ScoreColumn.PERPLEXITY, text)),
  TOKENS(
      DataTypes.createArrayType(DataTypes.StringType, false),
      "tokens of the text",
      (model, text) -> Lm4jTokenize.pieces(EncodedLine.of(model.vocabulary(), text))),
  TOKEN_IDS(
      DataTypes.createArrayType(DataTypes.IntegerType, false),
      "ids of the tokens of the text",
      (model, text) -> Lm4jTokenize.ids(EncodedLine.of(model.vocabulary(), text))),
  EMBEDDING(
      ScoreColumn.EMBEDDING.type(),
      "hidden state after the text",
      (model, text) -> scored(model, ScoreColumn.EMBEDDING, text)),
  GENERATE(
      DataTypes.StringType,
      "continuation of the text, with seed 1",
      (model, text) -> model.languageModel().generate(text, Sampling.defaults())),
  LABEL(
      DataTypes.StringType,
      "label that a classifier assigns to the text",
      (model, text) -> scored(model, ScoreColumn.LABEL, text)),
  PROBABILITY(
      DataTypes.DoubleType,
      "probability of that label",
      (model, text) -> scored(model, ScoreColumn.PROBABILITY, text));

  private static final String PREFIX = "lm4j_";

  @SuppressWarnings("ImmutableEnumChecker") // no value of it changes
  private final DataType type;

  private final String words;

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final Computation computation;

  /** Computes the value. */
  private interface Computation {
    @Nullable Object of(ExecutorModel model, String text);
  }

  TextFunction(DataType type, String words, Computation computation) {
    this.type = type;
    this.words = words;
    this.computation = computation;
  }

  private static @Nullable Object scored(ExecutorModel model, ScoreColumn column, String text) {
    ScoredRows rows = new ScoredRows(model, List.of(column), LineSettings.DEFAULT);
    return rows.apply(List.of(text)).getFirst()[0];
  }

  /** Returns the name that SQL calls it by. */
  String label() {
    return PREFIX + name().toLowerCase(Locale.ROOT);
  }

  DataType type() {
    return type;
  }

  /** Returns what it computes, in words. */
  String words() {
    return words;
  }

  boolean ofClassifier() {
    return this == LABEL || this == PROBABILITY;
  }

  /**
   * Computes the value of a text on this executor; null for null.
   *
   * @throws InputException if it is not a string
   */
  @Nullable Object call(SharedModel shared, @Nullable Object argument) {
    return switch (argument) {
      case null -> null;
      case String text -> TaskModels.with(shared, model -> computation.of(model, text));
      default ->
          throw new InputException(
              "%s takes a string, not %s: write CAST(… AS STRING)"
                  .formatted(label(), argument.getClass().getSimpleName()));
    };
  }
}
