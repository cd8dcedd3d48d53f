package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** Tests the figures of {@code lm eval} against those computed from the loss of each target. */
@Tag("slow")
class EvalTest {
  @TempDir private Path folder;

  /** "ü" takes two bytes; "§" is too rare for the vocabulary and becomes {@code <unk>}. */
  @Test
  void everyFigureFollowsFromTheTable() throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("corpus.txt"), "§" + "für Ännchen\tÖl\n".repeat(40));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model, "--min-count", "2").code()).isZero();
    Path text = Files.writeString(folder.resolve("text.txt"), "für\t§\nx");
    Path table = folder.resolve("table.tsv");
    Map<?, ?> json = eval(model, text, "--json", "--per-token", table.toString());

    List<String> lines = Files.readAllLines(table);
    assertThat(lines.getFirst()).isEqualTo("index\ttoken\tnll");
    assertThat(lines.stream().skip(1).map(line -> line.substring(0, line.lastIndexOf('\t'))))
        .containsExactly("1\tü", "2\tr", "3\t\\t", "4\t<unk>", "5\t\\n", "6\t<unk>");
    double all = 0;
    double known = 0;
    for (String line : lines.subList(1, lines.size())) {
      double loss = Double.parseDouble(line.substring(line.lastIndexOf('\t') + 1));
      all += loss;
      known += line.contains("<unk>") ? 0 : loss;
    }
    assertThat(json.get("tokens")).isEqualTo(6);
    assertThat(number(json, "loss")).isCloseTo(all / 6, within(1e-12));
    assertThat(number(json, "perplexity")).isCloseTo(Math.exp(all / 6), within(1e-9));
    assertThat(json.containsKey("bits_per_char")).isTrue();
    assertThat(json.get("bits_per_char")).as("two targets are unknown").isNull();
    assertThat(json.get("bits_per_byte")).isNull();
    assertThat(json.get("comparable")).isEqualTo(false);
    // ü, r, tab, §, line end, x: eight bytes.
    assertThat(json.get("bytes")).isEqualTo(8);
    assertThat(json.get("characters")).isEqualTo(6);
    assertThat(json.get("oov_tokens")).isEqualTo(2);
    assertThat(number(json, "oov_rate")).isCloseTo(2.0 / 6, within(1e-12));
    assertThat(number(json, "perplexity_excluding_oov"))
        .isCloseTo(Math.exp(known / 4), within(1e-9));
  }

  @Test
  void bitsDivideByBytesAndCharactersOfTheText() throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("corpus.txt"), "    if  ü {\n\n\t}\n".repeat(40));
    for (String level : List.of("char", "word", "byte")) {
      Path model = folder.resolve(level);
      assertThat(train(corpus, model, "--level", level).code()).isZero();
      Map<?, ?> json = eval(model, corpus, "--json");
      // The first token covers a space, "    if " or a byte.
      int first = level.equals("word") ? 7 : 1;
      assertThat(json.get("bytes")).as(level).isEqualTo(17 * 40 - first);
      assertThat(json.get("characters")).as(level).isEqualTo(16 * 40 - first);
      assertThat(json.get("comparable")).isEqualTo(true);
      double bits = number(json, "loss") * number(json, "tokens") / Math.log(2);
      assertThat(number(json, "bits_per_byte")).isCloseTo(bits / (17 * 40 - first), within(1e-12));
      assertThat(number(json, "bits_per_char")).isCloseTo(bits / (16 * 40 - first), within(1e-12));
    }
  }

  @Test
  void aTextOfOneWordCoversNothing() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat\n".repeat(40));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model, "--level", "word").code()).isZero();
    for (String one : List.of("cat", "cat\n")) {
      Path text = Files.writeString(folder.resolve("text.txt"), one);
      Map<?, ?> json = eval(model, text, "--json");
      assertThat(json.get("tokens")).isEqualTo(1);
      assertThat(json.get("bits_per_byte")).isNull();
      assertThat(json.get("bits_per_char")).isNull();
      assertThat(number(json, "perplexity")).isGreaterThan(1);
    }
  }

  /** A smaller vocabulary is not to look better. */
  @Test
  void figuresThatRestOnUnknownWordsAreMarkedOrWithheld() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat\n".repeat(40));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model, "--level", "word", "--vocab-size", "3").code()).isZero();
    String printed = table(model, corpus);
    assertThat(printed)
        .containsPattern("perplexity +[0-9.]+ \\*\\R")
        .containsPattern("loss \\(bits per byte\\) +withheld")
        .containsPattern("loss \\(bits per character\\) +withheld")
        .contains("* <unk> stands for many tokens");
  }

  /** A model without {@code <unk>} scores what it knows of a text, and says what it skipped. */
  @Test
  void charactersAModelLacksAreSkippedAndCounted() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat\n".repeat(40));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model).code()).isZero();
    Path known = Files.writeString(folder.resolve("known.txt"), "the cat\n");
    Path text = Files.writeString(folder.resolve("text.txt"), "t€he cXat\né");
    Map<?, ?> all = eval(model, known, "--json");
    Map<?, ?> json = eval(model, text, "--json");
    assertThat(json.get("tokens")).isEqualTo(7);
    assertThat(json.get("oov_tokens")).isEqualTo(3);
    assertThat(json.get("oov_skipped")).isEqualTo(true);
    assertThat(number(json, "oov_rate")).isCloseTo(0.3, within(1e-12));
    assertThat(json.get("comparable")).isEqualTo(false);
    assertThat(json.get("bits_per_byte")).isNull();
    assertThat(number(json, "loss")).isEqualTo(number(all, "loss"));
    assertThat(number(json, "perplexity_excluding_oov")).isEqualTo(number(all, "perplexity"));
    assertThat(table(model, text)).contains("3 (30.00 %), skipped", "* of the known targets alone");
  }

  private static String table(Path model, Path text) {
    return output(
        "eval", "--model", model.toString(), "--corpus", text.toString(), "--device", "reference");
  }

  @Test
  void withoutKnownTokensThereIsNoPerplexityOfThem() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "§" + "abc\n".repeat(100));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model, "--min-count", "2").code()).isZero();
    Path text = Files.writeString(folder.resolve("text.txt"), "xyz");
    Map<?, ?> json = eval(model, text, "--json");
    assertThat(json.containsKey("perplexity_excluding_oov")).isTrue();
    assertThat(json.get("perplexity_excluding_oov")).isNull();
    String printed =
        output(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            text.toString(),
            "--device",
            "reference");
    assertThat(printed).contains("no target is known").doesNotContain("NaN");
  }

  private static Map<?, ?> eval(Path model, Path text, String... more) {
    List<String> arguments = new java.util.ArrayList<>(List.of("eval", "--model"));
    arguments.addAll(List.of(model.toString(), "--corpus", text.toString()));
    arguments.addAll(List.of("--device", "reference"));
    arguments.addAll(List.of(more));
    return Json.parse(output(arguments.toArray(String[]::new)), "output", Map.class);
  }

  private static double number(Map<?, ?> json, String key) {
    return ((Number) Objects.requireNonNull(json.get(key))).doubleValue();
  }
}
