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
import org.lm4j.InputException;

/**
 * Scores a column of texts: adds columns of surprisal, perplexity, labels or embeddings to a table.
 *
 * <pre>
 *   SharedModel model = SharedModel.send(spark, Path.of("models/ptb"));
 *   Dataset&lt;Row&gt; scored = Lm4jScore.of(model).text("sentence").apply(table);
 * </pre>
 *
 * <p>Each text is scored independently, as {@code lm score} scores a line: it has the bits that it
 * has in one process on the same kind of processor. The rows keep their order and partitions. A
 * text that is null has null columns. Immutable; every method with an argument returns a changed
 * copy.
 */
public final class Lm4jScore implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final SharedModel model;
  private final String text;
  private final String prefix;
  private final ScoreColumn[] columns;
  private final LineSettings lines;

  private Lm4jScore(
      SharedModel model,
      String text,
      String prefix,
      List<ScoreColumn> columns,
      LineSettings lines) {
    this.model = model;
    this.text = text;
    this.prefix = prefix;
    this.columns = columns.toArray(ScoreColumn[]::new);
    this.lines = lines;
  }

  /** Scores with a model: column {@code text}, adding surprisal, perplexity and tokens. */
  public static Lm4jScore of(SharedModel model) {
    List<ScoreColumn> usual =
        List.of(ScoreColumn.SURPRISAL, ScoreColumn.PERPLEXITY, ScoreColumn.TOKENS);
    return new Lm4jScore(model, "text", "", usual, LineSettings.DEFAULT);
  }

  /** Sets the name of the column with the texts. */
  public Lm4jScore text(String column) {
    return new Lm4jScore(model, column, prefix, List.of(columns), lines);
  }

  /** Sets what the names of the new columns begin with. */
  public Lm4jScore prefix(String beginning) {
    return new Lm4jScore(model, text, beginning, List.of(columns), lines);
  }

  /**
   * Sets the columns to add.
   *
   * @throws InputException if some are of language models and others of classifiers
   */
  public Lm4jScore columns(ScoreColumn... wanted) {
    List<ScoreColumn> list = List.of(wanted);
    long labels = list.stream().filter(ScoreColumn::ofClassifier).count();
    if (list.isEmpty() || list.stream().distinct().count() != list.size()) {
      throw new InputException("the columns are none, or one of them stands twice: " + list);
    }
    if (labels != 0 && labels != list.size()) {
      throw new InputException(
          "labels are columns of a classifier, and the others of a language model: use two"
              + " scorings, each with its model");
    }
    return new Lm4jScore(model, text, prefix, list, lines);
  }

  /** Chooses whether a line end is read before each text, in place of the model's usual way. */
  public Lm4jScore begin(boolean lineEnd) {
    return with(
        new LineSettings(lineEnd, lines.end(), lines.context(), lines.longest(), lines.skips()));
  }

  /** Chooses whether a line end is scored after each text, in place of the model's usual way. */
  public Lm4jScore end(boolean lineEnd) {
    return with(
        new LineSettings(lines.begin(), lineEnd, lines.context(), lines.longest(), lines.skips()));
  }

  /** Sets a text that is read before each text and not scored. */
  public Lm4jScore context(String before) {
    return with(
        new LineSettings(lines.begin(), lines.end(), before, lines.longest(), lines.skips()));
  }

  /** Sets the most characters of a text [4,194,304]; a longer one is an error. */
  public Lm4jScore longest(int characters) {
    return with(
        new LineSettings(lines.begin(), lines.end(), lines.context(), characters, lines.skips()));
  }

  /** Makes the new columns null where a text is too long. */
  public Lm4jScore nullIfLonger() {
    return with(
        new LineSettings(lines.begin(), lines.end(), lines.context(), lines.longest(), true));
  }

  private Lm4jScore with(LineSettings changed) {
    return new Lm4jScore(model, text, prefix, List.of(columns), changed);
  }

  /**
   * Returns the table with the new columns, computed when an action needs them.
   *
   * @throws InputException if the table lacks the column of texts, or has one of the new ones
   */
  public Dataset<Row> apply(Dataset<Row> table) {
    int at = TextColumn.index(table.schema(), text);
    List<StructField> added = new ArrayList<>();
    for (ScoreColumn column : columns) {
      added.add(DataTypes.createStructField(prefix + column.label(), column.type(), true));
    }
    StructType schema = TextColumn.with(table.schema(), added);
    return table.mapPartitions(
        new Partition(model, at, List.of(columns), lines), Encoders.row(schema));
  }

  /** Scores the rows of one partition. */
  private record Partition(
      SharedModel model, int column, List<ScoreColumn> columns, LineSettings lines)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      ExecutorModel held = TaskModels.take(model);
      return new RowBatches(rows, column, columns.size(), new ScoredRows(held, columns, lines));
    }
  }
}
