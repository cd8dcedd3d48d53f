package org.lm4j.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.EncodedLine;
import org.lm4j.text.Vocabulary;

/**
 * Splits a column of texts into the tokens of a model: adds a column {@code ids} of arrays of
 * {@code int} and a column {@code pieces} of arrays of {@code string}, one element for each token.
 *
 * <p>Text that the vocabulary lacks has the id of {@code <unk>}, or -1 where there is none, and the
 * piece that stands in the text. Any model that predicts text serves. Immutable; every method with
 * an argument returns a changed copy.
 */
public final class Lm4jTokenize implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final SharedModel model;
  private final String text;
  private final String prefix;

  private Lm4jTokenize(SharedModel model, String text, String prefix) {
    this.model = model;
    this.text = text;
    this.prefix = prefix;
  }

  /** Uses the vocabulary of a model, and column {@code text}. */
  public static Lm4jTokenize of(SharedModel model) {
    return new Lm4jTokenize(model, "text", "");
  }

  /** Sets the name of the column with the texts. */
  public Lm4jTokenize text(String column) {
    return new Lm4jTokenize(model, column, prefix);
  }

  /** Sets what the names of the new columns begin with. */
  public Lm4jTokenize prefix(String beginning) {
    return new Lm4jTokenize(model, text, beginning);
  }

  /**
   * Returns the table with the new columns, computed when an action needs them.
   *
   * @throws org.lm4j.InputException if the table lacks the column of texts, or has one of the new
   *     ones
   */
  public Dataset<Row> apply(Dataset<Row> table) {
    int at = TextColumn.index(table.schema(), text);
    List<StructField> added =
        List.of(
            DataTypes.createStructField(
                prefix + "ids", DataTypes.createArrayType(DataTypes.IntegerType, false), true),
            DataTypes.createStructField(
                prefix + "pieces", DataTypes.createArrayType(DataTypes.StringType, false), true));
    StructType schema = TextColumn.with(table.schema(), added);
    return table.mapPartitions(new Partition(model, at), Encoders.row(schema));
  }

  static int[] ids(EncodedLine line) {
    int[] ids = new int[line.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = line.id(i);
    }
    return ids;
  }

  static String[] pieces(EncodedLine line) {
    String[] pieces = new String[line.size()];
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = line.text(i);
    }
    return pieces;
  }

  /** Splits the texts of one partition. */
  private record Partition(SharedModel model, int column)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      Vocabulary vocabulary = TaskModels.take(model).vocabulary();
      return new RowBatches(rows, column, 2, texts -> split(vocabulary, texts));
    }

    private static List<@Nullable Object[]> split(Vocabulary vocabulary, List<String> texts) {
      List<@Nullable Object[]> rows = new ArrayList<>(texts.size());
      for (String text : texts) {
        EncodedLine line = EncodedLine.of(vocabulary, text);
        rows.add(new @Nullable Object[] {ids(line), pieces(line)});
      }
      return rows;
    }
  }
}
