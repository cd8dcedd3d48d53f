package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.decode.Sampling;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.train.Recipe;

/** Embeddings, labels, tokens and generated texts, each compared with one process. */
class Lm4jColumnsTest {
  @TempDir private static Path folder;
  private static WordModel words;

  @BeforeAll
  static void makeModel() {
    words = WordModel.train(folder);
  }

  @Test
  void anEmbeddingIsTheStateAfterTheText() {
    List<@Nullable String> texts = new ArrayList<>(Cluster.lines(200, 5));
    texts.add("");
    List<Row> rows =
        Cluster.sorted(
            Lm4jScore.of(words.shared())
                .columns(ScoreColumn.EMBEDDING, ScoreColumn.TOKENS)
                .apply(Cluster.table(texts).repartition(3)));
    try (LanguageModel loaded = words.load(1);
        BatchDecoder decoder = loaded.network().batchReader(EmbeddingReader.ROWS)) {
      double[] state = new double[decoder.units()];
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i);
        if (text == null || text.isBlank()) {
          assertThat(rows.get(i).isNullAt(2)).as("row " + i).isTrue();
          continue;
        }
        decoder.clear(0); // alone
        for (int id : loaded.vocabulary().encode(text)) {
          decoder.read(1, new int[] {id}, new double[1][]);
        }
        decoder.hidden(0, state);
        List<Float> found = rows.get(i).getList(2);
        assertThat(found).hasSize(state.length);
        for (int u = 0; u < state.length; u++) {
          assertThat(found.get(u)).isEqualTo((float) state[u]);
        }
      }
    }
  }

  @Test
  void aLabelIsThatOfTheClassifier() throws IOException {
    Path corpus = folder.resolve("labelled.txt");
    Files.writeString(corpus, "good\ta fine film\nbad\ta dull film\n".repeat(40));
    Path trained = folder.resolve("classifier");
    TextClassifier.train(corpus, Recipe.defaults().steps(20), trained, _ -> {});
    List<@Nullable String> texts = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      texts.add(i % 9 == 0 ? " " : (i % 2 == 0 ? "a fine " : "dull ") + "film ".repeat(1 + i % 7));
    }
    texts.add(null);
    Dataset<Row> table = Cluster.table(texts).repartition(3);
    SharedModel shared = SharedModel.send(Cluster.session(), trained);
    List<Row> rows =
        Cluster.sorted(
            Lm4jScore.of(shared).columns(ScoreColumn.PROBABILITY, ScoreColumn.LABEL).apply(table));
    try (TextClassifier classifier = TextClassifier.load(trained)) {
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i);
        if (text == null || text.isBlank()) {
          assertThat(rows.get(i).isNullAt(3)).isTrue();
          continue;
        }
        TextClassifier.Classification expected = classifier.classify(text);
        assertThat(rows.get(i).getString(3)).isEqualTo(expected.label());
        assertThat(rows.get(i).getDouble(2)).isEqualTo(expected.probability());
      }
    }
    assertThatThrownBy(() -> Lm4jScore.of(shared).apply(table).collectAsList())
        .hasMessageContaining("which does not predict the next token");
    assertThatThrownBy(() -> Lm4jScore.of(shared).columns(ScoreColumn.LABEL, ScoreColumn.SURPRISAL))
        .hasMessageContaining("use two scorings");
  }

  @Test
  void tokensAreThoseOfTheVocabulary() {
    List<@Nullable String> texts = new ArrayList<>();
    texts.add(" w1  colourless w2\tw1 ");
    texts.add(null);
    texts.add("");
    texts.addAll(Cluster.lines(300, 13));
    List<Row> rows =
        Cluster.sorted(Lm4jTokenize.of(words.shared()).apply(Cluster.table(texts).repartition(3)));
    try (LanguageModel loaded = words.load(1)) {
      int one = loaded.vocabulary().id("w1");
      int two = loaded.vocabulary().id("w2");
      assertThat(rows.get(0).<Integer>getList(2))
          .containsExactly(one, loaded.vocabulary().unknown(), two, one);
      for (int i = 3; i < texts.size(); i++) {
        String text = texts.get(i);
        if (text != null) {
          int[] ids = loaded.vocabulary().encode(text);
          assertThat(rows.get(i).<Integer>getList(2))
              .containsExactlyElementsOf(Arrays.stream(ids).boxed().toList());
          assertThat(String.join(" ", rows.get(i).<String>getList(3))).isEqualTo(text);
        }
      }
    }
    assertThat(rows.get(0).<String>getList(3)).containsExactly("w1", "colourless", "w2", "w1");
    assertThat(rows.get(1).isNullAt(2)).isTrue();
    assertThat(rows.get(2).getList(2)).isEmpty();
  }

  @Test
  void aTextDependsOnItsRowAlone() {
    List<@Nullable String> prompts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      prompts.add(i % 10 == 9 ? null : "w" + i % 5);
    }
    Sampling sampling = Sampling.temperature(0.9).seed(11).length(8);
    Lm4jGenerate generate = Lm4jGenerate.of(words.shared()).prompt("text").sampling(sampling);
    Dataset<Row> table = Cluster.table(prompts);
    List<Row> one = Cluster.sorted(generate.apply(table.repartition(1)));
    List<Row> many = Cluster.sorted(generate.apply(table.repartition(5)));
    assertThat(many).isEqualTo(one);
    assertThat(one.get(0).getString(2)).isEqualTo(one.get(5).getString(2));

    List<Row> byId = Cluster.sorted(generate.seedBy("id").apply(table.repartition(5)));
    List<Row> hashes = Cluster.sorted(table.selectExpr("id", "xxhash64(id)", "xxhash64(text)"));
    assertThat(byId.stream().map(row -> row.getString(2)).distinct().count()).isGreaterThan(20);
    try (LanguageModel loaded = words.load(1)) {
      for (int i = 0; i < prompts.size(); i++) {
        String prompt = prompts.get(i);
        long seed = 11 + hashes.get(i).getLong(1);
        assertThat(byId.get(i).getString(2))
            .isEqualTo(prompt == null ? null : loaded.generate(prompt, sampling.seed(seed)));
        assertThat(one.get(i).getString(2))
            .isEqualTo(
                prompt == null
                    ? null
                    : loaded.generate(prompt, sampling.seed(11 + hashes.get(i).getLong(2))));
      }
    }
  }
}
