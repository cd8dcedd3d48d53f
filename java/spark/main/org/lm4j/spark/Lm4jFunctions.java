package org.lm4j.spark;

import java.io.Serializable;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.jspecify.annotations.Nullable;

/**
 * Functions of SQL over one text: {@code lm4j_surprisal} (bits), {@code lm4j_perplexity}, {@code
 * lm4j_tokens}, {@code lm4j_token_ids}, {@code lm4j_embedding} and {@code lm4j_generate} of a
 * language model, {@code lm4j_label} and {@code lm4j_probability} of a classifier.
 *
 * <pre>
 *   Lm4jFunctions.register(spark, "models/ptb");
 *   spark.sql("SELECT text, lm4j_surprisal(text) FROM lines");
 * </pre>
 *
 * <p>They have the values of {@link Lm4jScore} and {@link Lm4jTokenize}, which are faster: a
 * function sees one row at a time. A value for null is null. {@link Lm4jExtensions} registers them
 * without a program.
 */
public final class Lm4jFunctions {
  private Lm4jFunctions() {}

  /** A function of Spark's Java API. */
  private record Udf(TextFunction function, SharedModel model)
      implements UDF1<@Nullable Object, @Nullable Object>, Serializable {
    @Override
    public @Nullable Object call(@Nullable Object text) {
      return function.call(model, text);
    }
  }

  /**
   * Registers the functions of the model at a path, see {@link SharedModel#of}.
   *
   * @throws org.lm4j.InputException if the driver has the folder, and it holds no model
   */
  public static void register(SparkSession spark, String path) {
    register(spark, SharedModel.of(spark, path));
  }

  /** Registers the functions of a model. */
  public static void register(SparkSession spark, SharedModel model) {
    register(spark, "", model);
  }

  /**
   * Registers the functions of one model beside those of others.
   *
   * @param prefix what their names begin with: {@code "book_"} for {@code book_lm4j_surprisal}
   */
  public static void register(SparkSession spark, String prefix, SharedModel model) {
    for (TextFunction function : TextFunction.values()) {
      spark.udf().register(prefix + function.label(), new Udf(function, model), function.type());
    }
  }
}
