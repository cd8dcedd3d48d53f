package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.decode.Sampling;
import org.lm4j.io.Json;
import org.lm4j.model.TokenizerFile;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.task.lm.Score;
import org.lm4j.text.Level;
import org.lm4j.text.subword.SubwordFixtures;
import org.lm4j.train.Recipe;

/** Models of subwords, through the commands and the library. */
class SubwordCommandsTest {
  private static final String TEXT =
      "the cat sat on the mat, naïve 中 and the dog sat on the cat\n".repeat(40);

  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void write() throws Exception {
    text = Files.writeString(folder.resolve("text"), TEXT);
  }

  private Commands.Outcome train(String name, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("train", "--corpus", text.toString(), "--model", model(name), "--sample", "0"));
    all.addAll(List.of("--hidden", "8", "--layers", "1", "--batch", "4", "--bptt", "10"));
    all.addAll(Arrays.asList(more));
    return lm(all.toArray(String[]::new));
  }

  private String model(String name) {
    return folder.resolve(name).toString();
  }

  private String tokenizer(String kind) {
    Path file = folder.resolve(kind + ".json");
    Json.write(file, SubwordFixtures.kind(kind).tokenizer());
    return file.toString();
  }

  @Test
  void aLearnedModelIsDescribedEvaluatedScoredAndGenerates() throws Exception {
    Commands.Outcome trained =
        train("m", "--level", "bpe", "--vocab-size", "300", "--steps", "8", "--dropout", "0.2");
    assertThat(trained.code()).as(trained.err()).isEqualTo(ExitCodes.OK);
    assertThat(output("info", model("m"))).contains("tokens at level subword (byte-level BPE)");
    String json = output("eval", "--model", model("m"), "--corpus", text.toString(), "--json");
    assertThat(json).contains("\"characters\":" + (TEXT.length() - 3)); // "the" is a token
    assertThat(json).contains("\"oov_tokens\":0");
    Path lines = Files.writeString(folder.resolve("lines"), "the cat naïve\n");
    List<String> tokens =
        output(
                "score",
                "--model",
                model("m"),
                lines.toString(),
                "--per",
                "token",
                "--columns",
                "text,start,end")
            .lines()
            .toList();
    assertThat(tokens).contains("the\t0\t3", " cat\t3\t7");
    double leading = sum("leading", lines);
    double trailing = sum("trailing", lines);
    assertThat(leading).isCloseTo(trailing, within(1e-4));
    String generated =
        output("generate", "--model", model("m"), "--prompt", "the", "--length", "9", "--json");
    assertThat(generated).contains("\"tokens\":9");
  }

  private double sum(String space, Path lines) throws Exception {
    return output(
            "score",
            "--model",
            model("m"),
            lines.toString(),
            "--columns",
            "surprisal",
            "--space",
            space,
            "--end",
            "newline")
        .lines()
        .skip(1)
        .mapToDouble(Double::parseDouble)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aRunIsResumedToTheSameBits(String device) throws Exception {
    String[] options = {
      "--level", "bpe", "--vocab-size", "280", "--device", device, "--dropout", "0.2", "--steps"
    };
    assertThat(train("whole", with(options, "8")).code()).isEqualTo(ExitCodes.OK);
    assertThat(train("stopped", with(options, "3")).code()).isEqualTo(ExitCodes.OK);
    Commands.Outcome resumed =
        lm("train", "--model", model("stopped"), "--resume", "--steps", "8", "--device", device);
    assertThat(resumed.code()).as(resumed.err()).isEqualTo(ExitCodes.OK);
    for (String file : List.of("model.safetensors", "vocab.json", "tokenizer.json")) {
      assertThat(
              Files.mismatch(
                  folder.resolve("whole").resolve(file), folder.resolve("stopped").resolve(file)))
          .as(file)
          .isEqualTo(-1);
    }
    assertRefused(
        lm("train", "--model", model("stopped"), "--resume", "--tokenizer", tokenizer("gpt-2")),
        "leave out --tokenizer");
  }

  private static String[] with(String[] some, String more) {
    String[] all = Arrays.copyOf(some, some.length + 1);
    all[some.length] = more;
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-uncased", "unigram", "llama", "roberta"})
  void everyKindOfTokenizerTrainsAModel(String kind) throws Exception {
    Commands.Outcome trained = train("m", "--tokenizer", tokenizer(kind), "--steps", "3");
    assertThat(trained.code()).as(trained.err()).isEqualTo(ExitCodes.OK);
    assertThat(output("info", model("m"))).contains("the tokens do not hold the whole text");
    assertThat(output("generate", "--model", model("m"), "--length", "5", "--greedy")).isNotEmpty();
    assertThat(TokenizerFile.read(folder.resolve("m").resolve("tokenizer.json")).json())
        .isEqualTo(SubwordFixtures.kind(kind).tokenizer());
    Path lines = Files.writeString(folder.resolve("lines"), "the cat\n");
    Commands.Outcome trailing =
        lm("score", "--model", model("m"), lines.toString(), "--space", "trailing");
    if (kind.equals("bert-uncased")) {
      assertRefused(trailing, "tokens that begin with the space before a word");
    } else {
      assertThat(trailing.code()).as(trailing.err()).isEqualTo(ExitCodes.OK);
    }
  }

  @Test
  void weightsAreImportedWithATokenizer() throws Exception {
    String json = SubwordFixtures.path("scores.json").toString();
    String weights = SubwordFixtures.path("scores.safetensors").toString();
    String[] all = {
      "import", "--weights", weights, "--vocab", json, "--level", "bpe", "--cell", "lstm"
    };
    all = Arrays.copyOf(all, all.length + 2);
    all[all.length - 2] = "--model";
    all[all.length - 1] = model("imported");
    assertThat(output(all)).contains("300 tokens");
    String table = output("score", "--model", model("imported"), text.toString(), "--per", "line");
    assertThat(table.lines().count()).isEqualTo(41);
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused(train("m", "--tokenizer", tokenizer("gpt-2"), "--level", "word"), "make it bpe");
    assertRefused(
        train("m", "--tokenizer", tokenizer("gpt-2"), "--vocab-size", "300"), "--vocab-size");
    assertRefused(train("m", "--level", "bpe", "--vocab-size", "100"), "at least 256");
    assertRefused(train("m", "--tokenizer", text.toString()), "is not a JSON value");
  }

  @Test
  void aProgramTrainsScoresAndGenerates() {
    LanguageModelOptions options =
        LanguageModelOptions.defaults()
            .level(Level.SUBWORD)
            .vocabularySize(290)
            .hidden(8)
            .layers(1);
    Path learned = folder.resolve("learned");
    LanguageModel.train(TEXT, options, Recipe.defaults().batch(4).epochs(0.5), learned, p -> {});
    try (LanguageModel model = LanguageModel.load(learned)) {
      Score score = model.score(TEXT.substring(0, 60));
      assertThat(score.covered().characters()).isEqualTo(57);
      assertThat(score.bitsPerByte()).isPresent();
      assertThat(score.tokens().getFirst().text()).isEqualTo(" cat");
      assertThat(score.words().getFirst().text()).isEqualTo("cat");
      StringBuilder pieces = new StringBuilder();
      Sampling sampling = Sampling.temperature(2).seed(4).length(80);
      model.generate(
          "the",
          sampling,
          piece -> {
            assertThat(piece).isNotEmpty();
            assertThat(Character.isHighSurrogate(piece.charAt(piece.length() - 1))).isFalse();
            pieces.append(piece);
          });
      assertThat(pieces.toString()).isEqualTo(model.generate("the", sampling));
    }
    Path given = folder.resolve("given");
    LanguageModelOptions own = options.tokenizer(SubwordFixtures.kind("gpt-2").open());
    LanguageModel.train(TEXT, own, Recipe.defaults().batch(4).epochs(0.5), given, p -> {});
    try (LanguageModel model = LanguageModel.load(given)) {
      assertThat(model.vocabulary().tokens())
          .isEqualTo(SubwordFixtures.kind("gpt-2").open().tokens());
    }
  }
}
