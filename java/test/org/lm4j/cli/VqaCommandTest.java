package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.chart.Xml;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.io.Json;
import org.lm4j.task.scenes.SceneFiles;
import org.lm4j.task.scenes.ScenePart;
import org.lm4j.task.scenes.SceneRecipe;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.w3c.dom.Document;
import tools.jackson.databind.JsonNode;

/** {@code lm vqa} on images of four cells, each of a colour, that are asked for by their place. */
@Tag("slow")
class VqaCommandTest {
  private static final int IMAGES = 150;
  private static final List<String> PLACES = List.of("first", "second", "third", "last");
  private static final List<String> COLOURS = List.of("red", "green", "blue");
  private static final int WIDTH = PLACES.size() + COLOURS.size();

  @TempDir private Path folder;

  @BeforeEach
  void draw() throws IOException {
    write("train", 4, 1);
    write("valid", 4, 2);
  }

  /** Writes features and questions; {@code cells} of 1 makes vectors without a grid. */
  private void write(String name, int cells, long seed) throws IOException {
    Random random = new Random(seed);
    Shape shape = cells == 1 ? Shape.of(IMAGES, WIDTH) : Shape.of(IMAGES, cells, WIDTH);
    List<String> lines = new ArrayList<>();
    List<String> names = IntStream.range(0, IMAGES).mapToObj(i -> name + i).toList();
    Tensor values = new Tensor(new HostStorage(4 * shape.size()), 0, shape, DType.F32);
    for (int i = 0; i < IMAGES; i++) {
      for (int cell = 0; cell < cells; cell++) {
        int colour = random.nextInt(COLOURS.size());
        long at = (long) (i * cells + cell) * WIDTH;
        values.set(at + cell, 1);
        values.set(at + PLACES.size() + colour, 1);
        String polite = cell == 1 ? "please, " : "";
        lines.add(
            names.get(i)
                + "\t"
                + polite
                + "what colour is the "
                + PLACES.get(cell)
                + " cell?\t"
                + COLOURS.get(colour)
                + "\t"
                + (cell == 0 ? "edge" : "inner"));
      }
    }
    try (Features features = new Features(name, names, values)) {
      FeatureFiles.write(features(name), features);
    }
    Files.write(questions(name), lines);
  }

  private Path features(String name) {
    return folder.resolve(name + ".npz");
  }

  private Path questions(String name) {
    return folder.resolve(name + ".questions.tsv");
  }

  private Path model() {
    return folder.resolve("model");
  }

  private static String[] join(String[] first, String... more) {
    String[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  private Commands.Outcome train(Path model, String... more) {
    String[] given = {
      "vqa",
      "train",
      "--features",
      features("train").toString(),
      "--questions",
      questions("train").toString(),
      "--valid-features",
      features("valid").toString(),
      "--valid-questions",
      questions("valid").toString(),
      "--model",
      model.toString(),
      "--device",
      "reference"
    };
    List<String> all = new ArrayList<>(Arrays.asList(given));
    for (String pair :
        List.of(
            "--embedding 6",
            "--hidden 12",
            "--seen 12",
            "--attention 12",
            "--decision 16",
            "--dropout 0",
            "--batch 25",
            "--lr 0.01")) {
      List<String> option = List.of(pair.split(" ", -1));
      if (!Arrays.asList(more).contains(option.get(0))) {
        all.addAll(option);
      }
    }
    all.addAll(Arrays.asList(more));
    return lm(all.toArray(String[]::new));
  }

  private String[] eval(String name) {
    return new String[] {
      "vqa",
      "eval",
      "--model",
      model().toString(),
      "--features",
      features(name).toString(),
      "--questions",
      questions(name).toString(),
      "--device",
      "reference"
    };
  }

  private String[] ask(String name, String... more) {
    String[] given = {
      "vqa",
      "ask",
      "--model",
      model().toString(),
      "--features",
      features(name).toString(),
      "--device",
      "reference"
    };
    return join(given, more);
  }

  private void trained(String epochs) {
    Commands.Outcome outcome = train(model(), "--epochs", epochs);
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  @Test
  void learnsToAttendToTheRequestedCell() throws IOException {
    trained("40");
    Path table = folder.resolve("table.tsv");
    String said = output(join(eval("valid"), "--per-question", table.toString()));
    assertThat(said)
        .containsPattern("questions +600\n")
        .containsPattern("accuracy +(9[89]|100)\\.\\d\\d %")
        .containsPattern("edge +\\d+\\.\\d\\d % of 150")
        .containsPattern("inner +\\d+\\.\\d\\d % of 450");
    List<String> lines = Files.readAllLines(table);
    assertThat(lines).hasSize(601);
    assertThat(lines.get(0)).startsWith("image\tquestion\tkind\tanswer\tsaid");
    assertThat(lines.get(1)).startsWith("valid0\twhat colour is the first cell?\tedge\t");
    String[] first = lines.get(1).split("\t", -1);
    assertThat(output(ask("valid", "--image", "valid0", first[1])).lines().findFirst())
        .hasValueSatisfying(line -> assertThat(line).endsWith("%  " + first[4]));
  }

  @Test
  void answersArePrintedAsJson() {
    trained("1");
    String printed =
        output(ask("valid", "--image", "valid0", "--top", "2", "--json", "what is", "is it red"));
    assertThat(printed).hasLineCount(2);
    JsonNode first = Json.parse(printed.lines().toList().getFirst(), "output", JsonNode.class);
    assertThat(first.get("question").asString()).isEqualTo("what is");
    assertThat(first.get("answers").size()).isEqualTo(2);
    assertThat(first.get("answers").get(0).get("probability").asDouble())
        .isBetween(first.get("answers").get(1).get("probability").asDouble(), 1.0);
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    assertThat(train(whole, "--epochs", "3", "--dropout", "0.2").code()).isZero();
    assertThat(train(parts, "--epochs", "1.5", "--dropout", "0.2").code()).isZero();
    assertThat(train(parts, "--epochs", "3", "--dropout", "0.2", "--resume").code()).isZero();
    assertThat(Files.readAllBytes(parts.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("model.safetensors")));
    assertRefused(
        train(parts, "--resume", "--dropout", "0.2", "--hidden", "13"),
        "--resume continues with the model, words and answers");
    assertRefused(
        train(parts, "--resume", "--dropout", "0.2", "--top-answers", "2"), "--resume continues");
    write("train", 4, 3);
    assertRefused(
        train(parts, "--resume", "--dropout", "0.2"),
        questions("train") + " is not what this run was trained on");
  }

  @Test
  void imagesWithoutAGridAreAskedAbout() throws IOException {
    write("train", 1, 1);
    write("valid", 1, 2);
    trained("10");
    assertThat(output(eval("valid"))).containsPattern("accuracy +(9[89]|100)\\.\\d\\d %");
    Path page = folder.resolve("page.html");
    output(ask("valid", "--image", "valid3", "--page", page.toString(), "what colour"));
    assertThat(Files.readString(page)).contains("Most likely answers").doesNotContain("hop 1");
  }

  @Test
  void unknownWordsAndAnswersAreReported() throws IOException {
    Files.writeString(
        questions("valid"),
        "valid0\twhat colour is the first cell\tmauve\n",
        java.nio.file.StandardOpenOption.APPEND);
    trained("1");
    Commands.Outcome outcome = lm(eval("valid"));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).containsPattern("questions +601\n").contains("(no kind)");
    assertThat(outcome.err())
        .contains("note: 1 of these questions have answers the model does not know")
        .contains("'mauve' in " + questions("valid") + ", line 601");
    Commands.Outcome asked = lm(ask("valid", "--image", "valid0", "what Hue is the cell", "why?"));
    assertThat(asked.code()).as(asked.err()).isZero();
    assertThat(asked.err())
        .contains("the model does not know the word 'hue' and takes it for <unk>")
        .contains("'why'");
  }

  @Test
  void aBadQuestionLosesNoAnswerBeforeIt() {
    trained("1");
    Commands.Outcome asked =
        lm(ask("valid", "--image", "valid0", "what colour", "?!", "is the cell"));
    assertRefused(asked, "question 2: the question '?!' has no words");
    assertThat(asked.out()).startsWith("what colour\n").hasLineCount(4);
  }

  @Test
  void aSingleAnswerIsRefused() throws IOException {
    String rows = Files.readString(questions("train"));
    Files.writeString(
        questions("train"), rows.replaceAll("(?m)^(\\S+)\t([^\t]*)\t[^\t\n]*", "$1\t$2\tred"));
    Path model = folder.resolve("one");
    assertRefused(train(model, "--epochs", "1"), "holds one answer only, 'red'; two are needed");
    assertThat(model).doesNotExist();
  }

  @Test
  void otherFormsOfQuestions() throws IOException {
    trained("1");
    String rows = Files.readString(questions("valid"));
    String judged = output(eval("valid"));
    Files.writeString(questions("valid"), "Image\tQuestion\tAnswer\tType\n" + rows + "\n\n");
    Commands.Outcome header = lm(eval("valid"));
    assertThat(header.out()).isEqualTo(judged);
    assertThat(header.err()).contains("line 1 is a header (Image, Question, Answer, Type), not a");
    Files.writeString(
        questions("valid"), rows.replaceAll("(?m)^(\\S+)\t(.*)\t(.*)\t", "$2\t$1\t$3\t"));
    assertRefused(lm(eval("valid")), "line 1: image 'what colour is");
  }

  /** The figures of the page are those that are printed, and no text can act on it. */
  @Test
  void whatIsConfusedIsDrawn() throws Exception {
    assertThat(train(model(), "--epochs", "2").code()).isZero();
    Path asked =
        Files.writeString(
            folder.resolve("asked.tsv"),
            Files.readString(questions("valid")).replaceFirst("\tred\t", "\t<script>1</script>\t"));
    String[] arguments = eval("valid");
    arguments[7] = asked.toString();
    Path page = folder.resolve("eval.html");
    String printed = output(join(arguments, "--page", page.toString()));
    Document drawn = Xml.parse(Files.readString(page));
    assertThat(Xml.texts(Xml.all(drawn, "dd", "number")))
        .startsWith(printed.replaceFirst("(?s).*accuracy +([0-9.]+ %).*", "$1"))
        .hasSize(4);
    assertThat(Xml.all(drawn, "script")).hasSize(1);
    assertThat(Xml.texts(Xml.all(drawn, "th"))).contains("<script>1</script>");
  }

  @Test
  void thePageShowsEveryLook() throws IOException {
    trained("1");
    Path page = folder.resolve("page.html");
    String[] question = {"--image", "valid0", "--page", page.toString(), "what <colour>"};
    output(ask("valid", question));
    assertThat(Files.readString(page))
        .contains(
            "Attention, hop 1 of 2",
            "Attention, hop 2 of 2",
            "what &lt;colour&gt;",
            "Most likely answers")
        .containsOnlyOnce("<script");
    String[] other = {"--force", "--epochs", "1", "--grid"};
    assertThat(train(model(), join(other, "1x4")).code()).isZero();
    assertThat(output("info", model().toString())).containsPattern("columns +4");
    assertRefused(train(model(), join(other, "3x1")), "does not fit features of 4 cells");
    assertRefused(train(model(), join(other, "big")), "--grid is to be as 7x7");
  }

  @Test
  void badInputIsNamed() throws IOException {
    trained("1");
    write("wide", 3, 4);
    assertRefused(
        lm(eval("wide")),
        features("wide")
            + ": each image has a grid of 3 cells of 7 features, but the model takes"
            + " a grid of 4 cells");
    assertRefused(lm(ask("valid", "--image", "nobody", "what")), "'nobody' has no features in");
    assertRefused(lm(ask("valid", "--image", "valid0", "?!")), "the question '?!' has no words");
    Files.writeString(questions("valid"), "valid0\twhat\tred\nghost\twhat\tred\n");
    assertRefused(
        lm(eval("valid")),
        questions("valid") + ", line 2: image 'ghost' has no features in " + features("valid"));
    Files.writeString(questions("valid"), "valid0\twhat\tmauve\n");
    assertRefused(
        train(folder.resolve("other"), "--epochs", "1"),
        questions("valid") + " has no question whose answer the model knows");
    Files.writeString(model().resolve("labels.json"), "{\"labels\":[\"red\"]}");
    Files.delete(model().resolve("manifest.json")); // as in a folder of an older version
    assertRefused(lm(eval("train")), "labels.json holds 1 entries");
    assertRefused(
        lm("eval", "--model", model().toString(), "--corpus", questions("train").toString()),
        "answers questions about images, which does not predict the next token; give a");
  }

  @Test
  void scenesAreLearnedFromAndDrawn() throws IOException {
    Path scenes = folder.resolve("scenes");
    SceneFiles.write(scenes, SceneRecipe.of(1, 40));
    String[] data = {
      "--features",
      SceneFiles.features(scenes, ScenePart.TRAIN).toString(),
      "--questions",
      SceneFiles.questions(scenes, ScenePart.TRAIN).toString()
    };
    String[] given = {
      "vqa", "train", "--model", model().toString(), "--epochs", "2", "--device", "cpu"
    };
    output(join(given, data));
    Path page = folder.resolve("page.html");
    output(
        "vqa",
        "ask",
        "--model",
        model().toString(),
        "--features",
        SceneFiles.features(scenes, ScenePart.TEST).toString(),
        "--image",
        "test-000001",
        "--page",
        page.toString(),
        "--scenes",
        SceneFiles.scenes(scenes, ScenePart.TEST).toString(),
        "how many objects are there");
    assertThat(Files.readString(page)).contains("Attention, hop 2 of 2");
    assertThat(output("info", model().toString()))
        .contains("a model that answers questions about images", "hop1.weight", "attention");
  }
}
