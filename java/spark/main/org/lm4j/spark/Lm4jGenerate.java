package org.lm4j.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.lm4j.decode.Sampling;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.task.lm.LanguageModel;

/**
 * Continues a column of prompts: adds a column {@code continuation} of {@code string}.
 *
 * <p>The seed of a row is {@code seed + xxhash64(columns)}, with Spark's hash of the columns that
 * {@link #seedBy} names, or else of the prompt. It depends on neither partition nor attempt, so
 * that a task that is repeated writes the same text; name a column of distinct ids where equal
 * prompts are to have different texts. The text is that of {@link LanguageModel#generate(String,
 * Sampling)}. Immutable; every method with an argument returns a changed copy.
 */
public final class Lm4jGenerate implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private static final String SEED = "lm4j seed of the row";

  private final SharedModel model;
  private final String prompt;
  private final String output;
  private final String[] seedColumns;
  private final Settings settings;

  private Lm4jGenerate(
      SharedModel model, String prompt, String output, String[] seedColumns, Settings settings) {
    this.model = model;
    this.prompt = prompt;
    this.output = output;
    this.seedColumns = seedColumns.clone();
    this.settings = settings;
  }

  /** How texts are sampled, as a value that Spark can send. */
  private record Settings(
      double temperature,
      int topK,
      double topP,
      double minP,
      double repetitionPenalty,
      boolean greedy,
      long seed,
      int length,
      List<String> stops)
      implements Serializable {
    static Settings of(Sampling sampling) {
      SamplingOptions options = sampling.options();
      return new Settings(
          options.temperature(),
          options.topK(),
          options.topP(),
          options.minP(),
          options.repetitionPenalty(),
          options.greedy(),
          sampling.seed(),
          sampling.length(),
          sampling.stops());
    }

    Sampling sampling(long hash) {
      SamplingOptions options =
          new SamplingOptions(temperature, topK, topP, minP, repetitionPenalty, greedy);
      return new Sampling(options, seed + hash, length, stops);
    }
  }

  /** Generates with a model and {@link Sampling#defaults}: from column {@code prompt}. */
  public static Lm4jGenerate of(SharedModel model) {
    return new Lm4jGenerate(
        model, "prompt", "continuation", new String[0], Settings.of(Sampling.defaults()));
  }

  /** Sets the name of the column with the prompts. */
  public Lm4jGenerate prompt(String column) {
    return new Lm4jGenerate(model, column, output, seedColumns, settings);
  }

  /** Sets the name of the new column. */
  public Lm4jGenerate output(String column) {
    return new Lm4jGenerate(model, prompt, column, seedColumns, settings);
  }

  /** Sets the columns whose values choose the seed of a row. */
  public Lm4jGenerate seedBy(String... columns) {
    return new Lm4jGenerate(model, prompt, output, columns, settings);
  }

  /**
   * Sets how texts are sampled, how many tokens at most, and the seed that all rows have part in.
   */
  public Lm4jGenerate sampling(Sampling sampling) {
    return new Lm4jGenerate(model, prompt, output, seedColumns, Settings.of(sampling));
  }

  /**
   * Returns the table with the new column, computed when an action needs it.
   *
   * @throws org.lm4j.InputException if the table lacks the column of prompts, or has the new one
   */
  public Dataset<Row> apply(Dataset<Row> table) {
    int at = TextColumn.index(table.schema(), prompt);
    StructType schema =
        TextColumn.with(
            table.schema(),
            List.of(DataTypes.createStructField(output, DataTypes.StringType, true)));
    Stream<String> names = seedColumns.length == 0 ? Stream.of(prompt) : Stream.of(seedColumns);
    Column[] hashed = names.map(table::col).toArray(Column[]::new);
    return table
        .withColumn(SEED, functions.xxhash64(hashed))
        .mapPartitions(new Partition(model, at, settings), Encoders.row(schema));
  }

  /** Continues the prompts of one partition. */
  private record Partition(SharedModel model, int column, Settings settings)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      LanguageModel language = TaskModels.take(model).languageModel();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return rows.hasNext();
        }

        @Override
        public Row next() {
          return continued(language, rows.next());
        }
      };
    }

    /** Returns the row with its continuation in place of the hash, its last column. */
    private Row continued(LanguageModel language, Row row) {
      @Nullable Object[] all = new @Nullable Object[row.length()];
      for (int i = 0; i < all.length; i++) {
        all[i] = row.get(i);
      }
      long hash = row.getLong(all.length - 1);
      all[all.length - 1] =
          row.isNullAt(column)
              ? null
              : language.generate(row.getString(column), settings.sampling(hash));
      return RowFactory.create(all);
    }
  }
}
