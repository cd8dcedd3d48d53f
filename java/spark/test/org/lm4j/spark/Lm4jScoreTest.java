package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;

/** Columns of scores on two executors, compared with one process bit by bit. */
class Lm4jScoreTest {
  @TempDir private static Path folder;
  private static WordModel words;

  @BeforeAll
  static void makeModel() {
    words = WordModel.train(folder);
  }

  /** What one process computes for a text; null for null. */
  private record Expected(double bits, @Nullable Double perplexity, int tokens, int unknown) {
    static Expected of(LineScore score) {
      double nats = score.nats();
      int unknown = (int) score.tokens().stream().filter(token -> !token.known()).count();
      int scored = score.scored();
      return new Expected(
          nats / Math.log(2), scored == 0 ? null : Math.exp(nats / scored), scored, unknown);
    }
  }

  private static List<@Nullable Expected> oneProcess(List<@Nullable String> texts) {
    List<@Nullable Expected> all = new ArrayList<>();
    try (LanguageModel loaded = words.load(2);
        Stream<LineScore> scores =
            loaded.score(
                texts.stream().filter(Objects::nonNull).map(Objects::requireNonNull),
                LineScoring.of(loaded.segmentation()))) {
      var found = scores.iterator();
      for (String text : texts) {
        all.add(text == null ? null : Expected.of(found.next()));
      }
    }
    return all;
  }

  private static @Nullable Expected expected(Row row) {
    int at = row.fieldIndex("surprisal");
    return row.isNullAt(at)
        ? null
        : new Expected(
            row.getDouble(at),
            row.isNullAt(at + 1) ? null : (Double) row.getDouble(at + 1),
            row.getInt(at + 2),
            row.getInt(at + 3));
  }

  private static Lm4jScore scoring() {
    return Lm4jScore.of(words.shared())
        .columns(
            ScoreColumn.SURPRISAL, ScoreColumn.PERPLEXITY, ScoreColumn.TOKENS, ScoreColumn.UNKNOWN);
  }

  @Test
  void everyRowHasTheBitsThatItHasInOneProcess() {
    List<@Nullable String> texts = new ArrayList<>(Cluster.lines(5000, 7));
    texts.add("");
    texts.add("   ");
    texts.add("w1 ".repeat(20_000));
    texts.add("w1 𝄞 w2\tw3");
    texts.addAll(
        List.of(
            "\0", "w1\0w2", "w1\nw2", "\r\n", "\ufeffw1 \u2028w2\u00a0w3", "<unk> <eos> \"w1\\"));
    texts.addAll(List.of("\u202ew1 e\u0301\u0301\u0301", "x".repeat(300_000), "' OR 1=1; --"));
    List<@Nullable Expected> expected = oneProcess(texts);
    for (int partitions : new int[] {1, 7}) {
      Dataset<Row> scored = scoring().apply(Cluster.table(texts).repartition(partitions));
      List<Row> rows = Cluster.sorted(scored);
      assertThat(rows.stream().map(row -> row.getString(1))).containsExactlyElementsOf(texts);
      assertThat(rows.stream().map(Lm4jScoreTest::expected)).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void rowsKeepTheirOrderAndTheirColumns() {
    List<@Nullable String> texts = Cluster.lines(3000, 8);
    List<Row> rows =
        Lm4jScore.of(words.shared())
            .prefix("lm_")
            .apply(Cluster.table(texts).coalesce(1))
            .collectAsList();
    assertThat(rows.stream().map(row -> row.getInt(0))).isSorted().hasSize(3000);
    assertThat(rows.getFirst().schema().fieldNames())
        .containsExactly("id", "text", "lm_surprisal", "lm_perplexity", "lm_tokens");
  }

  @Test
  void anExecutorThatIsKilledLosesNothing() throws InterruptedException {
    List<@Nullable String> texts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      texts.addAll(Cluster.lines(2000, 100 + i));
    }
    List<@Nullable Expected> expected = oneProcess(texts);
    List<Row> rows =
        Cluster.whileOneIsKilled(
            () -> Cluster.sorted(scoring().apply(Cluster.table(texts).repartition(24))));
    assertThat(rows.stream().map(Lm4jScoreTest::expected)).containsExactlyElementsOf(expected);
  }

  @Test
  void aModelThatDoesNotExistIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> SharedModel.send(Cluster.session(), missing))
        .isInstanceOf(InputException.class)
        .hasMessage("there is no model folder " + missing);
    Dataset<Row> scored =
        Lm4jScore.of(SharedModel.at(missing.toString())).apply(Cluster.table(List.of("w1")));
    assertThatThrownBy(scored::collectAsList)
        .isInstanceOf(SparkException.class)
        .hasMessageContaining("there is no model folder " + missing + " on executor ");
  }

  @Test
  void aDamagedModelIsNamedByTheDriver() throws IOException {
    Path damaged = folder.resolve("damaged");
    Cluster.trainWords(damaged, 4);
    Path weights = damaged.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertThatThrownBy(() -> SharedModel.send(Cluster.session(), damaged))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(weights + " is damaged");
    Files.delete(damaged.resolve("manifest.json"));
    Files.write(weights, Arrays.copyOf(bytes, 100));
    assertThatThrownBy(() -> SharedModel.send(Cluster.session(), damaged))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(weights.toString());
  }

  @Test
  void aModelAtAPathIsTheOneThatIsThereNow() throws IOException {
    Path place = folder.resolve("place");
    Cluster.trainWords(place, 4);
    SharedModel shared = SharedModel.at(place.toString());
    List<@Nullable String> texts = Cluster.lines(50, 12);
    Dataset<Row> scored = Lm4jScore.of(shared).apply(Cluster.table(texts).repartition(4));
    SparkSession spark = Cluster.session().newSession();
    spark.conf().set("spark.lm4j.model", place.toString());
    String query =
        "SELECT lm4j_surprisal('w1 w2 w3'), lm4j_surprisal(concat('w', id)) FROM range(1, 9)";
    List<Row> before = Cluster.sorted(scored);
    List<Row> functions = spark.sql(query).collectAsList();

    Files.move(place, folder.resolve("earlier"));
    Cluster.trainWords(place, 5);
    assertThat(Cluster.sorted(scored))
        .isNotEqualTo(before)
        .isEqualTo(
            Cluster.sorted(
                Lm4jScore.of(SharedModel.send(Cluster.session(), place))
                    .apply(Cluster.table(texts))));
    assertThat(spark.sql(query).collectAsList()).doesNotContainAnyElementsOf(functions);
    spark.conf().set("spark.lm4j.model", folder.resolve("earlier").toString());
    assertThat(spark.sql(query).collectAsList()).isEqualTo(functions);
  }

  @Test
  void columnsThatDoNotExistAreNamed() {
    Dataset<Row> table = Cluster.table(List.of("w1"));
    assertThatThrownBy(() -> Lm4jScore.of(words.shared()).text("line").apply(table))
        .hasMessage("there is no column 'line'; the table has id, text");
    assertThatThrownBy(() -> Lm4jScore.of(words.shared()).text("id").apply(table))
        .hasMessage("column 'id' holds int, not strings");
    Dataset<Row> scored = table.withColumn("tokens", functions.lit(1));
    assertThatThrownBy(() -> Lm4jScore.of(words.shared()).apply(scored))
        .hasMessage("the table has a column 'tokens' already; set a prefix for the new ones");
  }

  @Test
  void aTextThatIsTooLongIsAnErrorOrNull() {
    Dataset<Row> table = Cluster.table(List.of("w1 w2", "w1 w2 w3"));
    assertThatThrownBy(() -> Lm4jScore.of(words.shared()).longest(5).apply(table).collectAsList())
        .hasMessageContaining("a text has 8 characters, and 5 are allowed");
    List<Row> rows =
        Cluster.sorted(Lm4jScore.of(words.shared()).longest(5).nullIfLonger().apply(table));
    assertThat(rows.get(0).isNullAt(2)).isFalse();
    assertThat(rows.get(1).isNullAt(2)).isTrue();
  }
}
