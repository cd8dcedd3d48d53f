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
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** Tests what {@code lm compare} prints and draws. */
class CompareCommandTest {
  @TempDir private static Path folder;
  private static Path corpus;
  private static Path words;
  private static Path chars;

  @BeforeAll
  static void trainTwo() throws IOException {
    corpus =
        Files.writeString(
            folder.resolve("corpus.txt"), "the cat sat\nthe dogs ran\na cat ran\n".repeat(30));
    words = folder.resolve("words");
    chars = folder.resolve("<script>\u202E&");
    assertThat(train(corpus, words, "--level", "word").code()).isZero();
    assertThat(train(corpus, chars).code()).isZero();
  }

  private static String[] call(Path one, Path other, Path text, String... more) {
    List<String> call = new ArrayList<>(List.of("compare", one.toString(), other.toString()));
    call.addAll(List.of("--corpus", text.toString(), "--device", "reference"));
    call.addAll(List.of(more));
    return call.toArray(String[]::new);
  }

  private static double number(Map<?, ?> values, String name) {
    return ((Number) Objects.requireNonNull(values.get(name), name)).doubleValue();
  }

  @Test
  void figuresAreThoseOfEvalWithIntervalsAroundThem() {
    Map<?, ?> json = Json.parse(output(call(words, chars, corpus, "--json")), "json", Map.class);
    List<?> models = (List<?>) Objects.requireNonNull(json.get("models"));
    Path[] folders = {words, chars};
    for (int i = 0; i < 2; i++) {
      Map<?, ?> model = (Map<?, ?>) models.get(i);
      String eval =
          output(
              "eval",
              folders[i].toString(),
              "--corpus",
              corpus.toString(),
              "--device",
              "reference",
              "--json");
      Map<?, ?> expected = Json.parse(eval, "eval", Map.class);
      for (String name : List.of("tokens", "loss", "bits_per_char", "bits_per_byte")) {
        assertThat(number(model, name)).as(name).isCloseTo(number(expected, name), within(1e-9));
      }
      List<?> interval = (List<?>) Objects.requireNonNull(model.get("bits_per_char_interval"));
      assertThat(number(model, "bits_per_char"))
          .isBetween(
              ((Number) interval.get(0)).doubleValue(), ((Number) interval.get(1)).doubleValue());
      assertThat(model.get("perplexity")).isNull();
    }
    assertThat(json.get("same_tokens")).isEqualTo(false);
    assertThat(json.get("best")).isEqualTo(words.toString());
    assertThat(((Map<?, ?>) models.getFirst()).get("difference")).isNull();
    assertThat(number((Map<?, ?>) models.get(1), "p")).isLessThan(0.05);
  }

  @Test
  void tablesAndPageShowNamesAsTheyAre() throws IOException {
    Path page = folder.resolve("page.html");
    String printed =
        output(call(words, chars, corpus, "--unit", "line", "--page", page.toString()));
    assertThat(printed)
        .contains("90 lines", "the state zero before each", "bits/character", "withheld", "best")
        .contains("perplexity is withheld, since the models predict different tokens")
        .doesNotContain("\u202E");
    assertThat(Files.readString(page))
        .contains("&lt;script&gt;", "Difference from the best model")
        .containsOnlyOnce("<script>");
  }

  @Test
  void whatCannotBeComparedIsRefusedInOneSentence() throws IOException {
    assertRefused(lm(call(words, words, corpus)), "the same folder");
    assertRefused(lm(call(words, folder.resolve("none"), corpus)), "none");
    Path line = Files.writeString(folder.resolve("line.txt"), "the cat\n");
    assertRefused(lm(call(words, chars, line)), "fewer than two lines");
    assertRefused(lm(call(words, chars, Path.of("-"))), "--corpus");
    assertRefused(lm("compare", words.toString(), "--corpus", corpus.toString()), "two models");
    Path net = Files.createDirectories(folder.resolve("net"));
    Files.writeString(net.resolve("config.json"), "{\"kind\": \"tagger\"}");
    assertRefused(lm(call(words, net, corpus)), "tagger");
  }
}
