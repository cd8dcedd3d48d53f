package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.io.Json;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.Score;

/** The library's entry point for language models gives what the command line prints. */
@Tag("slow")
class LibraryTest {
  private static final String CORPUS =
      "§" + "für  Ännchen\tÖl\n\nthe cat sat on 𝄞 the mat\n".repeat(40);

  /** White space of all kinds, characters of one to four bytes, unknown words, no line end. */
  private static final List<String> TEXTS =
      List.of(
          "the cat sat",
          "  für\t§ Öl\r\n\n 𝄞x the\n",
          "\uFEFFthe mat on the cat\r",
          "cat",
          "on the mat \n \n");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"char", "word", "byte"})
  void aStringScoresAsAFileDoes(String level) throws IOException {
    Path model = model(level, "--min-count", level.equals("byte") ? "1" : "2");
    try (LanguageModel loaded = LanguageModel.load(model)) {
      for (String text : TEXTS) {
        Path file = Files.writeString(folder.resolve("text.txt"), text);
        Path table = folder.resolve("table.tsv");
        Map<?, ?> json =
            Json.parse(
                output(
                    "eval",
                    "--model",
                    model.toString(),
                    "--corpus",
                    file.toString(),
                    "--json",
                    "--per-token",
                    table.toString()),
                "output",
                Map.class);
        Score score = loaded.score(text);
        assertThat(score.tokens()).as(text).hasSize(((Number) value(json, "tokens")).intValue());
        assertThat(score.loss()).isEqualTo(value(json, "loss"));
        assertThat(score.perplexity()).isEqualTo(value(json, "perplexity"));
        assertThat(boxed(score.bitsPerCharacter())).isEqualTo(json.get("bits_per_char"));
        assertThat(boxed(score.bitsPerByte())).isEqualTo(json.get("bits_per_byte"));
        assertThat(score.covered().characters()).isEqualTo(whole(json, "characters"));
        assertThat(score.covered().bytes()).isEqualTo(whole(json, "bytes"));
        assertThat(score.unknown()).isEqualTo(whole(json, "oov_tokens"));
        List<String> lines = Files.readAllLines(table);
        for (int i = 1; i < lines.size(); i++) {
          double nats = Double.parseDouble(lines.get(i).split("\t", -1)[2]);
          assertThat(score.tokens().get(i - 1).nats()).isCloseTo(nats, within(1e-12 * nats));
        }
      }
    }
  }

  @Test
  void aVocabularyWithoutUnknownSkipsWhatItLacks() throws IOException {
    Path model = model("char");
    try (LanguageModel loaded = LanguageModel.load(model)) {
      String text = "the ☃cat";
      Path file = Files.writeString(folder.resolve("text.txt"), text);
      Map<?, ?> json =
          Json.parse(
              output("eval", "--model", model.toString(), "--corpus", file.toString(), "--json"),
              "output",
              Map.class);
      Score score = loaded.score(text);
      assertThat(score.loss()).isEqualTo(value(json, "loss"));
      assertThat(score.unknown()).isEqualTo(1).isEqualTo(whole(json, "oov_tokens"));
      assertThat(score.bitsPerByte()).isEmpty();
      assertThat(score.tokens().get(3).start()).as("after the snowman").isEqualTo(5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"char", "word", "byte"})
  void tokensAndWordsKnowTheirPlaceInTheText(String level) throws IOException {
    String text = " the 𝄞cat\r\nsat";
    try (LanguageModel model = LanguageModel.load(model(level))) {
      Score score = model.score(text);
      List<String> spans =
          score.tokens().stream().map(t -> text.substring(t.start(), t.end())).toList();
      List<String> expected =
          switch (level) {
            case "word" -> List.of("𝄞cat", "\r", "sat", "");
            case "byte" ->
                List.of(
                    "t", "h", "e", " ", "𝄞", "𝄞", "𝄞", "𝄞", "c", "a", "t", "\r", "\n", "s", "a",
                    "t");
            default -> // the carriage return is not in the vocabulary
                List.of("t", "h", "e", " ", "𝄞", "c", "a", "t", "\n", "s", "a", "t");
          };
      assertThat(spans).isEqualTo(expected);
      List<String> words = score.words().stream().map(Score.Word::text).toList();
      assertThat(words)
          .isEqualTo(
              level.equals("word") ? List.of("𝄞cat", "sat") : List.of("the", "𝄞cat", "sat"));
      Score.Word cat = score.words().get(words.indexOf("𝄞cat"));
      assertThat(cat.start()).isEqualTo(5);
      double sum =
          score.tokens().stream()
              .filter(t -> t.start() >= 5 && t.end() <= 10)
              .mapToDouble(Score.Token::nats)
              .sum();
      assertThat(cat.nats()).isCloseTo(sum, within(1e-12));
      assertThat(cat.bits()).isCloseTo(sum / Math.log(2), within(1e-12));
    }
  }

  @Test
  void textThatCannotBeScoredIsRefused() throws IOException {
    try (LanguageModel model = LanguageModel.load(model("char"))) {
      assertThatThrownBy(() -> model.score(""))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("fewer than two tokens");
      assertThatThrownBy(() -> model.score("ab\uD834c"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("half a surrogate pair at index 2");
      assertThatThrownBy(() -> model.score("a\0b")).isInstanceOf(InputException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"char", "word", "byte"})
  void generatedTextIsWhatTheCommandPrints(String level) throws IOException {
    Path model = model(level);
    String printed =
        output(
            "generate",
            "--model",
            model.toString(),
            "--prompt",
            "the cat",
            "--length",
            "80",
            "--temperature",
            "0.8",
            "--top-k",
            "9",
            "--seed",
            "4",
            "--json");
    Sampling sampling = Sampling.temperature(0.8).topK(9).seed(4).length(80);
    try (LanguageModel loaded = LanguageModel.load(model)) {
      String text = loaded.generate("the cat", sampling);
      assertThat(text).isNotEmpty().isEqualTo(Json.parse(printed, "output", Map.class).get("text"));
      List<String> pieces = new ArrayList<>();
      loaded.generate("the cat", sampling, pieces::add);
      assertThat(pieces).hasSizeGreaterThan(5).doesNotContain("");
      assertThat(String.join("", pieces)).isEqualTo(text);
      assertThat(loaded.generateAsync("the cat", sampling).join()).isEqualTo(text);
    }
  }

  @Test
  void threadsThatShareAModelGetWhatOneAloneGets() throws Exception {
    try (LanguageModel model = LanguageModel.load(model("char"))) {
      Sampling sampling = Sampling.temperature(1).length(60);
      List<String> alone = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        alone.add(model.generate("the", sampling.seed(i)));
      }
      double score = model.score("the cat sat").nats();
      List<CompletableFuture<String>> together = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        together.add(model.generateAsync("the", sampling.seed(i)));
      }
      assertThat(model.score("the cat sat").nats()).isEqualTo(score);
      assertThat(together.stream().map(CompletableFuture::join)).isEqualTo(alone);
      assertThat(alone).doesNotHaveDuplicates();
    }
  }

  @Test
  void cancellingEndsTheGeneration() throws Exception {
    try (LanguageModel model = LanguageModel.load(model("char"))) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch ended = new CountDownLatch(1);
      CompletableFuture<String> endless =
          model.generateAsync(
              "the",
              Sampling.defaults().length(Integer.MAX_VALUE),
              piece -> begun.countDown(),
              task ->
                  new Thread(
                          () -> {
                            task.run();
                            ended.countDown();
                          })
                      .start());
      begun.await();
      endless.cancel(true);
      ended.await(); // for ever, if cancelling did not end it
      assertThatThrownBy(endless::join).isInstanceOf(CancellationException.class);

      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.generate("the", Sampling.defaults().length(Integer.MAX_VALUE)))
          .isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).as("stays interrupted").isTrue();
    }
  }

  @Test
  void aClosedModelSaysSoAndABackendOfTheCallersStaysOpen() throws IOException {
    Path folder = model("char");
    try (Backend backend = Backends.open("reference", BackendOptions.defaults())) {
      LanguageModel model = LanguageModel.load(folder, backend);
      double nats = model.score("the cat").nats();
      model.generate("the", Sampling.greedy().length(5));
      model.close();
      model.close();
      assertThatThrownBy(() -> model.score("the cat"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      assertThatThrownBy(() -> model.generate("the", Sampling.greedy()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      try (LanguageModel again = LanguageModel.load(folder, backend)) {
        assertThat(again.score("the cat").nats()).isEqualTo(nats);
      }
    }
    assertThatThrownBy(() -> LanguageModel.load(this.folder.resolve("nothing")))
        .isInstanceOf(InputException.class);
  }

  private Path model(String level, String... more) throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), CORPUS);
    Path model = folder.resolve("model-" + level);
    List<String> options = new ArrayList<>(List.of("--level", level));
    options.addAll(Arrays.asList(more));
    assertThat(train(corpus, model, options.toArray(String[]::new)).code()).isZero();
    return model;
  }

  private static Object value(Map<?, ?> json, String name) {
    return java.util.Objects.requireNonNull(json.get(name));
  }

  private static long whole(Map<?, ?> json, String name) {
    return ((Number) value(json, name)).longValue();
  }

  private static @Nullable Double boxed(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
