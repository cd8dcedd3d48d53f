package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** Tests what {@code lm pairs} prints and writes. */
class PairsCommandTest {
  @TempDir private static Path folder;
  private static Path model;
  private static Path pairs;

  @BeforeAll
  static void trainOne() throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("corpus.txt"), "the cat sat\nthe dogs ran\n".repeat(40));
    model = folder.resolve("model");
    assertThat(
            train(corpus, model, "--level", "word", "--steps", "60", "--learning-rate", "0.05")
                .code())
        .isZero();
    pairs =
        Files.writeString(
            folder.resolve("agreement.jsonl"),
            """
            {"sentence_good": "the cat sat", "sentence_bad": "sat the cat", "UID": "a,\\"1\\""}
            {"sentence_good": "cat the cat the", "sentence_bad": "the dogs ran", "UID": "b"}
            {"sentence_good": "the hen", "sentence_bad": "the fox", "UID": "b"}
            """);
  }

  private static String[] call(Path file, String... more) {
    List<String> call = new ArrayList<>(List.of("pairs", model.toString()));
    call.addAll(List.of(file.toString(), "--device", "reference"));
    call.addAll(List.of(more));
    return call.toArray(String[]::new);
  }

  @Test
  void setsAndAllArePrintedAsTableOrObjects() {
    List<String> lines = output(call(pairs)).lines().toList();
    assertThat(lines.getFirst())
        .isEqualTo(
            "of\tname\tphenomenon\tpairs\thits\tties\taccuracy\tlow_95\thigh_95\toov_pairs\toov");
    assertThat(lines.subList(1, 5))
        .containsExactly(
            "set\ta,\"1\"\t\t1\t1\t0\t1.000000\t1.000000\t1.000000\t0\t0",
            "set\tb\t\t2\t0\t1\t0.000000\t0.000000\t0.000000\t1\t2",
            "all\t\t\t3\t1\t1\t0.333333\t0.333333\t0.333333\t1\t2",
            "macro\t\t\t3\t1\t1\t0.500000\t0.500000\t0.500000\t1\t2");
    assertThat(output(call(pairs, "--format", "csv"))).contains("\nset,\"a,\"\"1\"\"\",,1,1,0,");
    String last = output(call(pairs, "--format", "jsonl")).lines().toList().getLast();
    Map<?, ?> row = Json.parse(last, "a row", Map.class);
    assertThat(row.get("of")).isEqualTo("macro");
    assertThat(row.get("accuracy")).isEqualTo(0.5);
  }

  @Test
  void aRowForEachPairHasTheSurprisalsOfItsSentences() throws IOException {
    Path rows = folder.resolve("rows.tsv");
    output(call(pairs, "--rows", rows.toString()));
    List<String[]> cells =
        Files.readAllLines(rows).stream().map(line -> line.split("\t", -1)).toList();
    assertThat(cells).hasSize(4);
    assertThat(cells).extracting(row -> row[3]).containsExactly("outcome", "hit", "miss", "tie");
    Path text = Files.writeString(folder.resolve("line.txt"), "the cat sat\n");
    String score =
        output(
            "score",
            model.toString(),
            text.toString(),
            "--per",
            "line",
            "--columns",
            "surprisal",
            "--device",
            "reference");
    assertThat(Double.parseDouble(cells.get(1)[6]))
        .isCloseTo(Double.parseDouble(score.lines().toList().get(1)), within(2e-6));
  }

  @Test
  void whatCannotBeUsedIsRefusedInOneSentence() throws IOException {
    assertRefused(lm(call(pairs, "--good", "better")), "line 1", "'better'");
    assertRefused(lm(call(folder.resolve("corpus.txt"))), "neither a JSON object nor");
    assertRefused(lm(call(folder.resolve("nothing.jsonl"))), "nothing.jsonl");
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertRefused(lm(call(empty)), "empty", ".jsonl");
    assertRefused(lm("pairs", empty.toString(), pairs.toString()), "model folder");
    assertRefused(lm(call(pairs, "--resamples", "0")), "--resamples");
  }
}
