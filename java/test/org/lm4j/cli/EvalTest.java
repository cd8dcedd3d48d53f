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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** What {@code lm eval} prints, worked out again from the loss of each target. */
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
    assertThat(number(json, "bits_per_char")).isCloseTo(all / 6 / Math.log(2), within(1e-12));
    // ü, r, tab, §, line end, x: eight bytes.
    assertThat(number(json, "bits_per_byte")).isCloseTo(all / 8 / Math.log(2), within(1e-12));
    assertThat(json.get("oov_tokens")).isEqualTo(2);
    assertThat(number(json, "oov_rate")).isCloseTo(2.0 / 6, within(1e-12));
    assertThat(number(json, "perplexity_excluding_oov"))
        .isCloseTo(Math.exp(known / 4), within(1e-9));
  }

  @Test
  void whereNothingIsKnownThereIsNoPerplexityOfTheKnown() throws IOException {
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
