package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.chart.Xml;
import org.lm4j.cli.Commands.Outcome;
import org.w3c.dom.Document;

/**
 * {@code lm embed} on a synthetic language: words of a class occur in the same places, so that
 * their vectors must come out near each other.
 */
@Tag("slow")
class EmbedCommandTest {
  private static final String[][] CLASSES = {
    {"cat", "dog", "cow", "pig"},
    {"eats", "sees", "likes", "finds"},
    {"bread", "corn", "grass", "fruit"},
    {"in", "near", "behind", "before"},
    {"paris", "rome", "london", "madrid"}
  };

  @TempDir private Path folder;
  private Path text = Path.of("");

  @BeforeEach
  void write() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      for (String[] words : CLASSES) {
        lines.append(words[random.nextInt(words.length)]).append(' ');
      }
      lines.append('\n');
    }
    text = Files.writeString(folder.resolve("text"), lines);
  }

  /** Options given replace those of the same name. */
  private Outcome train(Path model, String... more) {
    List<String> given = List.of(more);
    List<String> arguments =
        new ArrayList<>(
            List.of("embed", "train", "--corpus", text.toString(), "--model", model.toString()));
    for (String pair :
        List.of("--dimension 10", "--window 2", "--subsample 0", "--epochs 4", "--batch 2")) {
      List<String> option = List.of(pair.split(" ", -1));
      if (!given.contains(option.get(0))) {
        arguments.addAll(option);
      }
    }
    arguments.addAll(given);
    return lm(arguments.toArray(String[]::new));
  }

  private static void assertDone(Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"negative", "softmax"})
  void wordsOfAClassAreNear(String objective) {
    Path model = folder.resolve("model");
    assertDone(train(model, "--objective", objective));
    for (String[] words : CLASSES) {
      String told =
          output("embed", "nearest", "--model", model.toString(), "--count", "3", words[0]);
      for (int i = 1; i < words.length; i++) {
        assertThat(told).as("near %s by %s", words[0], objective).contains("  " + words[i] + "\n");
      }
    }
    assertThat(output("info", model.toString()))
        .contains("word vectors", objective, "input.weight");
    assertThat(output("info", "--model", model.toString(), "--json"))
        .hasLineCount(1)
        .contains("\"model\":\"word vectors\"", "\"objective\":\"" + objective + "\"")
        .contains("\"step\":");
    assertThat(output("embed", "nearest", model.toString(), "--count", "1", "--json", "cat"))
        .startsWith("{\"")
        .contains("\"word\":\"cat\"", "\"nearest\":[{", "\"cosine\":")
        .hasLineCount(1);
  }

  /**
   * Negative sampling computes each number in one thread, in an order that does not depend on it.
   */
  @Test
  void anyNumberOfThreadsGivesTheSameBits() throws IOException {
    byte[] first = {};
    for (int threads = 1; threads <= 3; threads++) {
      Path model = folder.resolve("threads" + threads);
      assertDone(
          train(
              model,
              "--device",
              "cpu",
              "--threads",
              "" + threads,
              "--batch",
              "16",
              "--dimension",
              "100",
              "--window",
              "5",
              "--epochs",
              "1",
              "--learning-rate", // of a sum over many pairs of few words
              "0.001",
              "--deterministic"));
      byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
      if (threads == 1) {
        first = weights;
      }
      assertThat(weights).as("%d threads", threads).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"negative", "softmax"})
  void aStoppedRunResumesBitForBit(String objective) throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    String[] usual = {
      "--objective", objective, "--schedule", "constant", "--threads", "2", "--valid-fraction", "0"
    };
    String[] longer = Arrays.copyOf(usual, usual.length + 2);
    longer[usual.length] = "--epochs";
    longer[usual.length + 1] = "2";
    assertDone(train(whole, longer));
    longer[usual.length + 1] = "0.7";
    assertDone(train(parts, longer));
    assertDone(
        lm(
            "embed",
            "train",
            "--model",
            parts.toString(),
            "--epochs",
            "2",
            "--resume",
            "--threads",
            "2"));
    assertThat(Files.readAllBytes(parts.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("model.safetensors")));
  }

  @Test
  void vectorsGoOutAndComeBack() throws IOException {
    Path model = folder.resolve("model");
    assertDone(train(model));
    String asked = output("embed", "nearest", "--model", model.toString(), "cat", "rome");
    for (String format : List.of("text", "binary")) {
      Path file = folder.resolve("vectors." + format);
      output(
          "embed",
          "export",
          "--model",
          model.toString(),
          "--format",
          format,
          "--output",
          file.toString());
      assertThat(output("embed", "nearest", "--vectors", file.toString(), "cat", "rome"))
          .isEqualTo(asked);
    }
    assertThat(Files.readString(folder.resolve("vectors.text")))
        .startsWith("20 10\n")
        .doesNotContain("<unk>", "<eos>");
  }

  /** Binary files have words with line ends; written as they are, nobody could read them back. */
  @Test
  void whatIsExportedCanBeRead() throws IOException {
    byte[] bytes = "2 1\nnew\nline \0\0\200?\nking \0\0\0@\n".getBytes(StandardCharsets.ISO_8859_1);
    Path vectors = Files.write(folder.resolve("n.bin"), bytes);
    Path out = folder.resolve("n.txt");
    Commands.Outcome done =
        lm("embed", "export", "--vectors", vectors.toString(), "--output", out.toString());
    assertDone(done);
    assertThat(done.err()).contains("1 words have white space", "'new\\nline'");
    assertThat(out).hasContent("2 1\nnew_line 1.0\nking 2.0\n");
    assertThat(output("embed", "nearest", "--vectors", out.toString(), "king"))
        .contains("new_line");
    assertThat(output("embed", "nearest", "--vectors", out.toString(), "--limit", "1", "new_line"))
        .doesNotContain("king");
    assertRefused(lm("embed", "nearest", "--model", "m", "--limit", "1", "x"), "--vectors");
  }

  @Test
  void analogiesOneByOneAndFromAFile() throws IOException {
    Path vectors =
        Files.writeString(
            folder.resolve("v.txt"), "man 1 0 0\nwoman 0 1 0\nking 1 0 1\nqueen 0 1 1\nx -1 0 0\n");
    assertThat(output("embed", "analogy", "--vectors", vectors.toString(), "man", "king", "woman"))
        .startsWith("  0.")
        .contains("queen")
        .hasLineCount(2);
    Path questions =
        Files.writeString(
            folder.resolve("q"),
            ": family\nMan king woman queen\nMan woman king queen\n: other\nman king woman x\nman king boy girl\n");
    assertThat(
            output(
                "embed",
                "analogy",
                "--vectors",
                vectors.toString(),
                "--file",
                questions.toString(),
                "--lower-case"))
        .containsPattern("family +100.00 %  2 of 2 right, 0 with")
        .containsPattern("other +0.00 %  0 of 1 right, 1 with")
        .containsPattern("all +66.67 %  2 of 3 right, 1 with");
  }

  /** Neighbours and accuracies on pages are those that are printed; words cannot act on them. */
  @Test
  void wordsAndAnalogiesAreDrawn() throws Exception {
    StringBuilder words = new StringBuilder("6 3\n");
    words.append("man 1 0 0\nking 1 1 0\nwoman 1 0 1\nqueen 1 1 1\n");
    words.append("<script>alert(1)</script> 0 0 1\nzero 0 0 0\n");
    Path vectors = Files.writeString(folder.resolve("v.txt"), words);
    Path page = folder.resolve("map.html");
    String printed =
        output(
            "embed", "nearest", "--vectors", vectors.toString(), "--page", page.toString(), "king");
    Document drawn = Xml.parse(Files.readString(page));
    assertThat(Xml.all(drawn, "script")).hasSize(1);
    assertThat(Xml.all(drawn, "g", "spot")).hasSize(6);
    assertThat(Xml.all(drawn, "tbody").getLast().getTextContent().strip())
        .startsWith("queen0.8165");
    assertThat(printed).contains("king\n  0.8165  queen\n");
    String table = Xml.all(drawn, "pre", "near").getFirst().getTextContent();
    assertThat(table).startsWith("king\tqueen\t0.816\tman\t0.707\t");
    Path questions =
        Files.writeString(
            folder.resolve("q.txt"), ": <b>\nman king woman queen\nman king woman zero\n");
    output(
        "embed",
        "analogy",
        "--vectors",
        vectors.toString(),
        "--file",
        questions.toString(),
        "--page",
        page.toString());
    drawn = Xml.parse(Files.readString(page));
    assertThat(Xml.texts(Xml.all(drawn, "dd", "number"))).containsExactly("50.00 %", "0");
    assertThat(Xml.texts(Xml.all(drawn, "b"))).containsExactly("<b>");
    assertRefused(lm("embed", "nearest", "--vectors", vectors.toString()), "give the words");
    assertRefused(
        lm("embed", "analogy", "--vectors", vectors.toString(), "--page", "x", "a", "b", "c"),
        "--page goes with --file");
  }

  @Test
  void aRunResumesOnlyWithItsOwnOptions() {
    Path model = folder.resolve("model");
    assertDone(train(model, "--epochs", "1"));
    for (String[] other :
        new String[][] {
          {"--dimension", "11"},
          {"--window", "3"},
          {"--negatives", "4"},
          {"--min-count", "2"},
          {"--subsample", "0.1"},
          {"--objective", "softmax"},
          {"--batch", "3"}
        }) {
      assertRefused(
          lm("embed", "train", "--model", model.toString(), "--resume", other[0], other[1]),
          "--resume continues with the");
    }
    assertRefused(
        lm("eval", "--model", model.toString(), "--corpus", text.toString()), "word vectors");
  }

  @Test
  void whatCannotBeUsedIsRefused() throws IOException {
    Path model = folder.resolve("model");
    assertRefused(lm("embed", "train", "--model", model.toString()), "--corpus");
    assertRefused(train(model, "--min-count", "100000"), "--min-count");
    assertRefused(train(model, "--objective", "hinge"), "hinge", "softmax, negative");
    assertRefused(train(model, "--subsampling", "none"), "none", "paper, word2vec");
    assertRefused(train(model, "--subsample", "2"), "above 1");
    assertRefused(train(model, "--optimizer", "adam"), "--objective softmax");
    assertRefused(train(model, "--clip", "1"), "--objective softmax");
    assertThat(model).doesNotExist();
    assertDone(train(model, "--epochs", "0.1"));
    assertRefused(
        lm("embed", "nearest", "--model", model.toString(), "horse"), "'horse'", "no vector");
    assertRefused(lm("embed", "nearest", "cat"), "--model or --vectors");
    assertRefused(lm("embed", "analogy", "--model", model.toString(), "cat", "dog"), "three words");
    Path bad = Files.writeString(folder.resolve("bad.txt"), "1 2\na 1 NaN\n");
    assertRefused(
        lm("embed", "nearest", "--vectors", bad.toString(), "a"), "bad.txt, line 2", "NaN");
  }
}
