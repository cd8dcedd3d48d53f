package org.lm4j.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lm4j.InputException;
import org.lm4j.ngram.NgramTable;
import org.lm4j.text.Words;

/** Counts the words and n-grams of a column of texts, split as {@code --level word} splits them. */
public final class Lm4jCounts {
  /** What stands before the first word of a text. */
  public static final String BEGIN = "<s>";

  /** What stands after the last word of a text. */
  public static final String END = "</s>";

  private Lm4jCounts() {}

  /**
   * Counts words.
   *
   * @param column of texts, of which those that are null count nowhere
   * @return columns {@code word} and {@code count}, in no order
   * @throws InputException if the table lacks the column
   */
  public static Dataset<Row> words(Dataset<Row> table, String column) {
    TextColumn.index(table.schema(), column);
    FlatMapFunction<String, String> split = text -> Words.in(text).iterator();
    return texts(table, column)
        .flatMap(split, Encoders.STRING())
        .toDF("word")
        .groupBy("word")
        .count();
  }

  /**
   * Counts the n-grams of all lengths up to an order. Each text is a sentence as in {@code lm ngram
   * train}: {@value #BEGIN} stands before it, and is never counted alone, {@value #END} after it.
   *
   * @param column of texts, of which those that are null count nowhere
   * @param order the largest length
   * @return columns {@code length}, {@code ngram}, an array of words, and {@code count}, in no
   *     order
   * @throws InputException if the table lacks the column, or the order is not from 1 to {@value
   *     NgramTable#MOST_ORDER}
   */
  public static Dataset<Row> ngrams(Dataset<Row> table, String column, int order) {
    TextColumn.index(table.schema(), column);
    if (order < 1 || order > NgramTable.MOST_ORDER) {
      throw new InputException(
          "the order is from 1 to %d, not %d".formatted(NgramTable.MOST_ORDER, order));
    }
    StructType schema =
        new StructType()
            .add("length", DataTypes.IntegerType, false)
            .add("ngram", DataTypes.createArrayType(DataTypes.StringType, false), false);
    FlatMapFunction<String, Row> split = text -> ngrams(text, order);
    return texts(table, column)
        .flatMap(split, Encoders.row(schema))
        .groupBy("length", "ngram")
        .count();
  }

  private static Dataset<String> texts(Dataset<Row> table, String column) {
    return table
        .select(table.col(column))
        .where(functions.col(column).isNotNull())
        .as(Encoders.STRING());
  }

  private static Iterator<Row> ngrams(String text, int order) {
    List<String> words = new ArrayList<>();
    words.add(BEGIN);
    words.addAll(Words.in(text));
    words.add(END);
    String[] all = words.toArray(String[]::new);
    List<Row> found = new ArrayList<>();
    for (int last = 1; last < all.length; last++) {
      for (int length = 1; length <= Math.min(order, last + 1); length++) {
        found.add(RowFactory.create(length, Arrays.copyOfRange(all, last + 1 - length, last + 1)));
      }
    }
    return found.iterator();
  }
}
