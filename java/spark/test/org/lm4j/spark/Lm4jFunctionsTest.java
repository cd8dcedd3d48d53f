package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions called by name from SQL, compared with the columns. */
class Lm4jFunctionsTest {
  @TempDir private static Path folder;
  private static WordModel words;
  private static List<Row> expected;

  @BeforeAll
  static void makeModel() {
    words = WordModel.train(folder);
    List<@Nullable String> texts = Cluster.lines(60, 9);
    Cluster.table(texts).repartition(3).createOrReplaceGlobalTempView("lines");
    expected =
        Cluster.sorted(
            Lm4jTokenize.of(words.shared())
                .apply(
                    Lm4jScore.of(words.shared())
                        .columns(
                            ScoreColumn.SURPRISAL, ScoreColumn.PERPLEXITY, ScoreColumn.EMBEDDING)
                        .apply(Cluster.table(texts))));
  }

  private static List<Row> select(SparkSession spark, String prefix) {
    return Cluster.sorted(
        spark.sql(
            """
            SELECT id, text, %1$slm4j_surprisal(text), %1$slm4j_perplexity(text),
                %1$slm4j_embedding(text), %1$slm4j_token_ids(text), %1$slm4j_tokens(text)
            FROM global_temp.lines
            """
                .formatted(prefix)));
  }

  @Test
  void registeredFunctionsHaveTheValuesOfTheColumns() {
    SparkSession spark = Cluster.session().newSession();
    Lm4jFunctions.register(spark, "sent_", SharedModel.of(spark, words.path().toString()));
    assertThat(select(spark, "sent_")).isEqualTo(expected);
    Lm4jFunctions.register(spark, "book_", SharedModel.at(words.path().toString()));
    assertThat(select(spark, "book_")).isEqualTo(expected);
    assertThat(
            spark
                .sql("SELECT book_lm4j_generate('w1') = sent_lm4j_generate(concat('w', 1))")
                .first()
                .getBoolean(0))
        .isTrue();
    assertThatThrownBy(() -> spark.sql("SELECT book_lm4j_label('w1')").collectAsList())
        .hasStackTraceContaining("holds a language model, not a classifier of texts");
  }

  @Test
  void anExtensionMakesThemKnownToEverySession() {
    SparkSession spark = Cluster.session().newSession();
    assertThatThrownBy(() -> spark.sql("SELECT lm4j_surprisal('w1')").collectAsList())
        .hasMessageContaining("lm4j_surprisal needs a model: set spark.lm4j.model to its folder");
    spark.conf().set("spark.lm4j.model", words.path().toString());
    assertThat(select(spark, "")).isEqualTo(expected);
    assertThat(spark.sql("DESCRIBE FUNCTION lm4j_surprisal").collectAsList().toString())
        .contains("lm4j_surprisal(text) - the surprisal of the text in bits");
    assertThatThrownBy(() -> spark.sql("SELECT lm4j_surprisal('a', 'b')").collectAsList())
        .hasMessageContaining("lm4j_surprisal takes one text, not 2 arguments");
    assertThatThrownBy(() -> spark.sql("SELECT lm4j_surprisal(1)").collectAsList())
        .hasStackTraceContaining(
            "lm4j_surprisal takes a string, not Integer: write CAST(… AS STRING)");
  }
}
