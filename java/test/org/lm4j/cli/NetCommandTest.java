package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.report.ClassTable;
import org.lm4j.io.Json;
import org.lm4j.metric.ConfusionMatrix;
import tools.jackson.databind.JsonNode;

/** {@code lm net} on small pictures whose class is the row that is bright. */
@Tag("slow")
class NetCommandTest {
  private static final int COUNT = 400;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path images = Path.of("");
  private Path labels = Path.of("");

  @BeforeEach
  void draw() throws IOException {
    images = folder.resolve("images");
    labels = folder.resolve("labels");
    write(images, labels, 6, 9);
  }

  private static void write(Path images, Path labels, int width, int highest) throws IOException {
    Random random = new Random(3);
    ByteBuffer pixels = ByteBuffer.allocate(16 + COUNT * 10 * width);
    pixels.put(new byte[] {0, 0, 8, 3}).putInt(COUNT).putInt(10).putInt(width);
    ByteBuffer classes = ByteBuffer.allocate(8 + COUNT);
    classes.put(new byte[] {0, 0, 8, 1}).putInt(COUNT);
    for (int i = 0; i < COUNT; i++) {
      int label = i == 17 ? highest : random.nextInt(10);
      classes.put((byte) label);
      for (int at = 0; at < 10 * width; at++) {
        pixels.put((byte) (at / width == label ? 150 + random.nextInt(100) : random.nextInt(100)));
      }
    }
    Files.write(images, pixels.array());
    Files.write(labels, classes.array());
  }

  private int lm(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Lm.run(Lm.commandLine(new PrintWriter(out), new PrintWriter(err)), args);
  }

  private int train(Path model, String... more) {
    String[] args = {
      "net",
      "train",
      "--images",
      images.toString(),
      "--labels",
      labels.toString(),
      "--model",
      model.toString(),
      "--device",
      "reference",
      "--hidden",
      "12",
      "--dropout",
      "0.1",
      "--batch",
      "20",
      "--lr",
      "0.02",
      "--reg",
      "0.0001"
    };
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return lm(all);
  }

  @Test
  void learnsAndIsEvaluated() throws IOException {
    for (String loss : new String[] {"softmax", "svm"}) {
      Path model = folder.resolve(loss);
      assertThat(train(model, "--loss", loss, "--epochs", "8")).as(err.toString()).isZero();
      assertThat(Files.readString(model.resolve("log.jsonl")))
          .contains("\"validation_accuracy\":1.0");
      assertThat(Files.readString(model.resolve("config.json"))).contains("\"net\"");
      int code =
          lm(
              "net",
              "eval",
              "--model",
              model.toString(),
              "--images",
              images.toString(),
              "--labels",
              labels.toString(),
              "--page",
              model.resolve("test.html").toString(),
              "--device",
              "reference");
      assertThat(code).as(err.toString()).isZero();
      assertThat(out.toString()).contains("accuracy  100.00 %");
      assertThat(Files.readString(model.resolve("test.html")))
          .contains("<dd class=\"number\">100.00 %</dd>", "400 pictures", "9, answered 8: 0 of ")
          .doesNotContain("The first errors", "Most frequent confusions");
      code =
          lm(
              "net",
              "eval",
              "--json",
              "--model",
              model.toString(),
              "--images",
              images.toString(),
              "--labels",
              labels.toString(),
              "--device",
              "reference");
      assertThat(code).as(err.toString()).isZero();
      assertThat(out.toString())
          .contains("\"pictures\":400", "\"accuracy\":1.0", "\"class\":\"9\"")
          .hasLineCount(1);
    }
  }

  @Test
  void ofManyClassesTheMostFrequentAreShown() {
    ConfusionMatrix matrix = new ConfusionMatrix(256);
    for (int c = 0; c < 256; c++) {
      for (int i = 0; i < c; i++) {
        matrix.add(c, c);
      }
    }
    List<String> names = IntStream.range(0, 256).mapToObj(c -> "class " + c).toList();
    ClassTable table = new ClassTable(matrix, names, "pictures");
    table.print(new PrintWriter(out));
    assertThat(out.toString())
        .hasLineCount(42)
        .contains("class 255 ", "class 216 ", "… and 216 more classes; --json has all")
        .doesNotContain("class 215 ");
    assertThat(table.values()).hasSize(256);
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    assertThat(train(whole, "--epochs", "4")).isZero();
    assertThat(train(parts, "--epochs", "1.5")).isZero();
    assertThat(train(parts, "--epochs", "4", "--resume")).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(parts.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("model.safetensors")));
  }

  @Test
  void aRunResumesOnlyWithItsOwnNet() {
    Path model = folder.resolve("model");
    assertThat(train(model, "--epochs", "1")).isZero();
    for (String[] other :
        new String[][] {
          {"--hidden", "13"}, {"--loss", "svm"}, {"--dropout", "0.2"}, {"--reg", "0.1"}
        }) {
      refused(
          "--resume continues with the net",
          "train",
          "--images",
          images.toString(),
          "--labels",
          labels.toString(),
          "--resume",
          other[0],
          other[1]);
    }
  }

  @Test
  void otherCommandsKnowWhatTheFolderHolds() {
    Path model = folder.resolve("model");
    assertThat(train(model, "--epochs", "1")).isZero();
    assertThat(lm("info", model.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("a two-layer net", "hidden.weight", "loss");
    assertThat(lm("eval", "--model", model.toString(), "--corpus", images.toString()))
        .isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(err.toString())
        .contains(model + " holds a two-layer net, which does not predict the next");
  }

  @Test
  void theHelpShowsTheDefaultsOfNetsInOrder() {
    assertThat(lm("net", "train", "--help")).isZero();
    assertThat(out.toString())
        .containsSubsequence(
            "--model",
            "--batch",
            "--optimizer",
            "--learning-rate",
            "--clip",
            "--epochs",
            "--device")
        .contains("Pictures in a batch [50]")
        .doesNotContain("--bptt");
  }

  @Test
  void theLogCountsPictures() throws IOException {
    Path model = folder.resolve("model");
    assertThat(train(model, "--epochs", "3")).isZero();
    assertThat(Files.readString(model.resolve("log.jsonl")))
        .contains("pictures_per_second", "validation_targets")
        .doesNotContain("perplexity", "tokens");
  }

  @Test
  void tuningReportsEveryTrial() {
    for (String search : new String[] {"grid", "random", "halving"}) {
      int code =
          lm(
              "net",
              "tune",
              "--images",
              images.toString(),
              "--labels",
              labels.toString(),
              "--model",
              folder.resolve(search).toString(),
              "--device",
              "reference",
              "--search",
              search,
              "--trials",
              "4",
              "--rates",
              "0.001,0.02",
              "--regs",
              "0,0.001",
              "--epoch-choices",
              search.equals("halving") ? "1,4" : "2",
              "--batch",
              "20");
      assertThat(code).as(err.toString()).isZero();
      assertThat(out.toString()).contains("trial-01", "trial-02", "trial-03", "trial-04");
    }
  }

  @Test
  void tuningPrintsItsTrialsAsJson() {
    int code =
        lm(
            ("net tune --json --device reference --rates 0.001,0.02 --regs 0 --epoch-choices 1"
                    + " --batch 20 --images %s --labels %s --model %s")
                .formatted(images, labels, folder.resolve("json"))
                .split(" ", -1));
    assertThat(code).as(err.toString()).isZero();
    assertThat(out.toString()).hasLineCount(1).doesNotContain("accuracy  ");
    JsonNode trials = Json.parse(out.toString(), "output", JsonNode.class).get("trials");
    assertThat(trials.size()).isEqualTo(2);
    assertThat(trials.get(0).get("trial").asString()).contains("trial-0");
    assertThat(trials.get(0).get("accuracy").asDouble())
        .isBetween(trials.get(1).get("accuracy").asDouble(), 1.0);
  }

  @Test
  void badInputIsNamed() throws IOException {
    Path model = folder.resolve("model");
    assertThat(train(model, "--epochs", "1")).isZero();
    Path wide = folder.resolve("wide");
    Path wideLabels = folder.resolve("wide-labels");
    write(wide, wideLabels, 7, 9);
    refused(
        "pictures in "
            + wide
            + " are 1 x 10 x 7 (channels, height, width), but the net reads 1 x 10 x 6",
        "eval",
        "--images",
        wide.toString(),
        "--labels",
        wideLabels.toString());
    write(wide, wideLabels, 6, 10);
    refused("label 17: 10", "eval", "--images", wide.toString(), "--labels", wideLabels.toString());
    Files.write(wide, new byte[] {0, 0, 8, 3, 0});
    refused(
        wide + " is not a valid IDX file",
        "eval",
        "--images",
        wide.toString(),
        "--labels",
        labels.toString());
    Files.writeString(model.resolve("config.json"), "{\"kind\":\"net\"}");
    refused("config.json", "eval", "--images", images.toString(), "--labels", labels.toString());
  }

  private void refused(String message, String command, String... more) {
    String[] args = {
      "net", command, "--model", folder.resolve("model").toString(), "--device", "reference"
    };
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    assertThat(lm(all)).as(err.toString()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
  }
}
