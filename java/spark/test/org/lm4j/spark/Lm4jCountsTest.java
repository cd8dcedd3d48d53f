package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.ngram.Discounts;
import org.lm4j.task.lm.ngram.NgramOptions;
import org.lm4j.task.lm.ngram.NgramTraining;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.train.StagedFolder;

/** Counts on two executors, compared with those of {@code lm ngram train}. */
class Lm4jCountsTest {
  private static final int ORDER = 4;

  @TempDir private static Path folder;

  private static NgramTraining.Summary train(List<@Nullable String> texts) {
    String text =
        texts.stream().filter(line -> line != null).collect(Collectors.joining("\n", "", "\n"));
    return NgramTraining.train(
        new CorpusBuilder.Input(
            new CorpusSpec(Level.WORD, null, 1, 0, 0),
            Sources.of(
                List.of("-"), new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))),
            null,
            (_, _) -> {}),
        new NgramOptions(ORDER, true, List.of(), 1 << 24),
        folder.resolve("ngrams"),
        StagedFolder.Existing.REFUSE,
        (_, _) -> {});
  }

  @Test
  void ngramsAreThoseOfNgramTraining() {
    List<@Nullable String> texts = skewed();
    NgramTraining.Summary summary = train(texts);
    Dataset<Row> table = Cluster.table(texts).repartition(3);
    List<Map<List<String>, Long>> found = new ArrayList<>(); // by length
    for (int length = 0; length <= ORDER; length++) {
      found.add(new HashMap<>());
    }
    for (Row row : Lm4jCounts.ngrams(table, "text", ORDER).collectAsList()) {
      Long before = found.get(row.getInt(0)).put(row.getList(1), row.getLong(2));
      assertThat(before).isNull();
    }
    long tokens = found.get(1).values().stream().mapToLong(count -> count).sum();
    assertThat(tokens).isEqualTo(summary.tokens());
    assertThat(found.get(1)).hasSize(summary.vocabulary() - 1); // <unk> occurs nowhere
    for (int length = 1; length <= ORDER; length++) {
      if (length > 1) {
        assertThat(found.get(length)).hasSize(summary.ngrams().get(length - 1));
      }
      Discounts expected = summary.discounts().get(length - 1);
      double[] discounts = discounts(adjusted(found, length));
      assertThat(discounts[0]).isCloseTo(expected.one(), within(1e-12));
      assertThat(discounts[1]).isCloseTo(expected.two(), within(1e-12));
      assertThat(discounts[2]).isCloseTo(expected.three(), within(1e-12));
      assertThat(expected.estimated()).isTrue();
    }
  }

  /** Returns lines of words that are as unevenly frequent as those of a language. */
  private static List<@Nullable String> skewed() {
    Random random = new Random(5);
    List<@Nullable String> lines = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      lines.add(
          random
              .doubles(random.nextInt(15))
              .mapToObj(part -> "w" + (int) Math.exp(part * part * 8))
              .collect(Collectors.joining(" ")));
    }
    lines.add(null);
    return lines;
  }

  /**
   * Returns the counts of Kneser-Ney smoothing: of n-grams of the order, and at the beginning of a
   * sentence, how often they occur; of others how many different words precede them.
   */
  private static Map<List<String>, Long> adjusted(
      List<Map<List<String>, Long>> counts, int length) {
    if (length == ORDER) {
      return counts.get(length);
    }
    Map<List<String>, Set<String>> before = new HashMap<>();
    for (List<String> longer : counts.get(length + 1).keySet()) {
      before
          .computeIfAbsent(longer.subList(1, length + 1), _ -> new HashSet<>())
          .add(longer.getFirst());
    }
    Map<List<String>, Long> all = new HashMap<>();
    before.forEach((ngram, words) -> all.put(ngram, (long) words.size()));
    counts.get(length).entrySet().stream()
        .filter(entry -> entry.getKey().getFirst().equals(Lm4jCounts.BEGIN))
        .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    return all;
  }

  /** Returns the discounts of Chen and Goodman (1998), equation 26. */
  private static double[] discounts(Map<List<String>, Long> counts) {
    double[] n = new double[5];
    counts.values().stream().filter(count -> count < 5).forEach(count -> n[count.intValue()]++);
    double y = n[1] / (n[1] + 2 * n[2]);
    return new double[] {1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]};
  }

  @Test
  void anExecutorThatIsKilledLosesNothing() throws InterruptedException {
    List<@Nullable String> texts = Cluster.lines(20_000, 14);
    Map<List<String>, Long> expected = new HashMap<>();
    for (String text : texts) {
      if (text != null) {
        List<String> words = new ArrayList<>(List.of(Lm4jCounts.BEGIN));
        words.addAll(List.of(text.split(" +")));
        words.removeIf(String::isEmpty);
        words.add(Lm4jCounts.END);
        for (int last = 1; last < words.size(); last++) {
          for (int first = Math.max(0, last - 2); first <= last; first++) {
            expected.merge(List.copyOf(words.subList(first, last + 1)), 1L, Long::sum);
          }
        }
      }
    }
    Dataset<Row> table = Cluster.table(texts).repartition(24);
    Map<List<String>, Long> found = new HashMap<>();
    List<Row> rows =
        Cluster.whileOneIsKilled(() -> Lm4jCounts.ngrams(table, "text", 3).collectAsList());
    for (Row row : rows) {
      assertThat(found.put(row.getList(1), row.getLong(2))).isNull();
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void wordsAreCountedAsTheyAreSplit() {
    List<@Nullable String> texts = List.of("a b\ta\u00a0b", "", " a\n");
    Map<String, Long> counts =
        Lm4jCounts.words(Cluster.table(texts), "text").collectAsList().stream()
            .collect(Collectors.toMap(row -> row.getString(0), row -> row.getLong(1)));
    assertThat(counts).containsExactlyInAnyOrderEntriesOf(Map.of("a", 3L, "b", 2L));
    assertThatThrownBy(() -> Lm4jCounts.ngrams(Cluster.table(texts), "text", 17))
        .hasMessage("the order is from 1 to 16, not 17");
  }
}
