package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.decode.Sampling;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.token.Segmentation;
import org.lm4j.train.Recipe;

/** Training on lines or documents, and what the commands make of a model trained on them. */
class LinesTest {
  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void writeNames() throws Exception {
    Random random = new Random(1);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      StringBuilder name = new StringBuilder();
      for (int n = i % 30 == 0 ? 9 : 1 + random.nextInt(3); n > 0; n--) {
        name.append("bdklmn".charAt(random.nextInt(6))).append("aio".charAt(random.nextInt(3)));
      }
      names.add(name.toString());
    }
    text = Files.write(folder.resolve("names.txt"), names);
  }

  private Path trained(String name, String... options) {
    Path model = folder.resolve(name);
    Commands.Outcome outcome = train(text, model, options);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return model;
  }

  /** A run that is stopped anywhere and resumed ends with the bytes of one left alone. */
  @ParameterizedTest
  @CsvSource({"line, reset, gru", "line, carry, lstm", "document, reset, lstm"})
  void aResumedRunHasTheSameBytes(String unit, String state, String cell) throws Exception {
    if (unit.equals("document")) {
      Files.writeString(text, Files.readString(text).replace("a\n", "a\n\n"));
    }
    String[] options = {
      "--unit", unit, "--state", state, "--cell", cell, "--dropout", "0.2", "--bptt", "5", "--steps"
    };
    Path alone = trained("alone", with(options, "61"));
    Path stopped = trained("stopped", with(options, "1"));
    for (int steps : new int[] {2, 9, 17, 38, 61}) {
      output(
          "train",
          "--resume",
          "--model",
          stopped.toString(),
          "--steps",
          "" + steps,
          "--sample",
          "0",
          "--device",
          "reference");
    }
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(stopped.resolve(file)).hasSameBinaryContentAs(alone.resolve(file));
    }
  }

  private static String[] with(String[] options, String last) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add(last);
    return all.toArray(String[]::new);
  }

  @Test
  void theModelsConventionsAreTheDefaultOfAllCommands() throws Exception {
    Path model = trained("names", "--unit", "line", "--steps", "40");
    String config = Files.readString(model.resolve("config.json"));
    assertThat(config)
        .contains("\"unit\": \"line\"", "\"symbols\": \"bos+eos\"", "\"state\": \"reset\"");
    String eval =
        output(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            text.toString(),
            "--json",
            "--device",
            "reference");
    assertThat(eval).contains("\"unit\":\"line\"", "\"sequences\":120");
    String[] rows =
        output(
                "score",
                "--model",
                model.toString(),
                text.toString(),
                "--per",
                "line",
                "--in",
                "nats",
                "--device",
                "reference")
            .strip()
            .split("\n", -1);
    double sum = 0;
    for (int i = 1; i < rows.length; i++) {
      sum += Double.parseDouble(rows[i].split("\t", -1)[3]);
    }
    double targets = number(eval, "tokens");
    assertThat(number(eval, "loss")).isCloseTo(sum / targets, within(1e-5));
    assertThat(targets).isEqualTo((double) Files.size(text));
    assertThat(number(eval, "bits_per_char"))
        .isCloseTo(number(eval, "loss") / Math.log(2), within(1e-12));

    Commands.Outcome stream =
        lm(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            text.toString(),
            "--json",
            "--unit",
            "stream",
            "--device",
            "reference");
    assertThat(stream.out()).doesNotContain("\"unit\"", "sequences");
    assertThat(number(stream.out(), "tokens")).isEqualTo(targets - 1);
    try (LanguageModel loaded = LanguageModel.load(model)) {
      assertThat(loaded.segmentation()).isEqualTo(Segmentation.LINES);
    }
  }

  private static double number(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":([-0-9.E]+)").matcher(json);
    assertThat(found.find()).as(json).isTrue();
    return Double.parseDouble(found.group(1));
  }

  @Test
  void aModelOfOneStreamIsAsItWas() throws Exception {
    Path model = trained("stream");
    assertThat(Files.readString(model.resolve("config.json")))
        .doesNotContain("\"unit\"", "symbols", "state");
    Path given = trained("given", "--unit", "stream");
    assertThat(given.resolve("model.safetensors"))
        .hasSameBinaryContentAs(model.resolve("model.safetensors"));
    String lines =
        output("generate", "--model", model.toString(), "--lines", "3", "--device", "reference");
    assertThat(lines.split("\n", -1)).hasSize(4);
  }

  @Test
  void linesAreGeneratedOneByOneUpToTheirEnds() {
    Path model = trained("names", "--unit", "line", "--steps", "40", "--sample", "9");
    String[] lines =
        output("generate", "--model", model.toString(), "--lines", "8", "--device", "reference")
            .split("\n", -1);
    assertThat(lines).hasSize(9);
    assertThat(lines[8]).isEmpty();
    assertThat(new HashSet<>(List.of(lines))).hasSizeGreaterThan(5); // draws differ
    String one = output("generate", "--model", model.toString(), "--device", "reference");
    assertThat(one).isEqualTo(lines[0] + "\n");
    String begun =
        output(
            "generate",
            "--model",
            model.toString(),
            "--lines",
            "2",
            "--prompt",
            "ba",
            "--device",
            "reference");
    assertThat(begun.split("\n")).hasSize(2).allMatch(line -> line.startsWith("ba"));
    String stream =
        output(
            "generate",
            "--model",
            model.toString(),
            "--unit",
            "stream",
            "--length",
            "40",
            "--device",
            "reference");
    assertThat(stream).startsWith(lines[0] + "\n").hasSize(41);
    assertRefused(
        lm("generate", "--model", model.toString(), "--lines", "2", "--samples", "3"), "--lines");
  }

  /** Without a begin symbol a text needs a beginning; a prompt is read as in training. */
  @Test
  void symbolsDecideWhatIsReadFirst() {
    Path bare = trained("bare", "--unit", "line", "--symbols", "none");
    assertRefused(lm("generate", "--model", bare.toString(), "--device", "reference"), "--prompt");
    String scored =
        output(
            "score",
            "--model",
            bare.toString(),
            text.toString(),
            "--per",
            "token",
            "--columns",
            "line,text,surprisal",
            "--device",
            "reference");
    assertThat(scored.lines().skip(1).findFirst().orElseThrow()).endsWith("\t");
    String eval =
        output(
            "eval",
            "--model",
            bare.toString(),
            "--corpus",
            text.toString(),
            "--device",
            "reference");
    assertThat(eval).contains("scored 120 lines, each from a zero state without its first token");
    Path ends = trained("ends", "--unit", "line", "--symbols", "eos");
    assertThat(
            output(
                "generate", "--model", ends.toString(), "--prompt", "b", "--device", "reference"))
        .startsWith("b")
        .endsWith("\n");
  }

  @Test
  void optionsThatContradictTheRunOrEachOtherAreRefused() {
    Path model = trained("names", "--unit", "line");
    assertRefused(
        lm("train", "--resume", "--model", model.toString(), "--unit", "stream", "--steps", "9"),
        "--unit");
    assertRefused(
        lm("train", "--resume", "--model", model.toString(), "--state", "carry", "--steps", "9"),
        "--state");
    assertRefused(train(text, folder.resolve("x"), "--symbols", "eos"), "--symbols", "--unit");
    assertRefused(
        lm("eval", "--model", model.toString(), "--corpus", text.toString(), "--batch", "3"),
        "--batch");
  }

  /** The same model from the command and from a program. */
  @Test
  void aProgramTrainsOnLinesToo() throws Exception {
    Path library = folder.resolve("library");
    LanguageModel.train(
        Files.readString(text),
        LanguageModelOptions.defaults().hidden(6).layers(1).segmentation(Segmentation.LINES),
        Recipe.defaults().batch(4).bptt(8).steps(20),
        library,
        progress -> {});
    try (LanguageModel model = LanguageModel.load(library)) {
      Sampling sampling = Sampling.temperature(1).seed(1).length(30);
      assertThat(model.generate("", sampling)).doesNotContain("\n");
      assertThat(model.generate("ba", sampling)).doesNotContain("\n");
      LineScoring scoring = LineScoring.of(model.segmentation());
      try (var scores = model.score(List.of("bado", "", "m").stream(), scoring)) {
        assertThat(scores.map(LineScore::scored)).containsExactly(5, 1, 2);
      }
    }
  }
}
