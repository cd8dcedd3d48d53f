package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.options.BareFolder;
import org.lm4j.io.Json;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TrainingRecord;
import org.lm4j.task.card.PythonYaml;
import org.lm4j.train.Run;
import picocli.CommandLine;

/** {@code lm info --card}, and the record of a training that it reads. */
class ModelCardTest {
  @TempDir private Path folder;
  private Path text;
  private Path model;

  @BeforeEach
  void train() throws IOException {
    text = Files.writeString(folder.resolve("a text.txt"), "the cat sat on the mat\n".repeat(40));
    model = folder.resolve("cats");
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private TrainingRecord trained(String... more) {
    Commands.Outcome outcome = Commands.train(text, model, more);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return Objects.requireNonNull(TrainingRecord.read(model));
  }

  @Test
  void theFolderKeepsTheIdentityOfTheTraining() throws IOException {
    Path valid = Files.writeString(folder.resolve("valid.txt"), "the cat sat\n".repeat(10));
    String before = TrainingRecord.now();
    TrainingRecord record = trained("--valid", valid.toString(), "--lr", "0.01");
    assertThat(record.version()).isEqualTo(TrainingRecord.thisVersion());
    assertThat(record.data())
        .containsExactly(
            new TrainingRecord.Data(
                "training", "a text.txt", 1, 920L, sha256(Files.readAllBytes(text))),
            new TrainingRecord.Data(
                "validation", "valid.txt", 1, 120L, sha256(Files.readAllBytes(valid))));
    TrainingRecord.Text size = Objects.requireNonNull(record.text());
    assertThat(size.vocabulary()).isEqualTo(11); // " \nacehmnost"
    assertThat(size.training()).isEqualTo(new TrainingRecord.Counts(920, 920, 920, 0));
    assertThat(size.validation()).isEqualTo(new TrainingRecord.Counts(119, 119, 119, 0));
    assertThat(record.command())
        .startsWith("lm train --corpus 'a text.txt' --model cats ")
        .contains(" --valid valid.txt --learning-rate 0.01");
    assertThat(Json.line(Objects.requireNonNull(record.recipe())))
        .contains("\"learningRate\":0.01", "\"bptt\":8", "\"seed\":1");
    TrainingRecord.Place place = Objects.requireNonNull(record.place());
    assertThat(List.of(place.device(), place.precision())).containsExactly("reference", "fp64");
    TrainingRecord.Result result = Objects.requireNonNull(record.result());
    assertThat(result.steps()).isEqualTo(5);
    assertThat(result.finished()).isTrue();
    assertThat(result.validationLoss())
        .isEqualTo(Run.progressOf(model).validationLosses().stream().min(Double::compare).get());
    assertThat(Instant.parse(Objects.requireNonNull(record.began())))
        .isBetween(Instant.parse(before), Instant.parse(result.ended()));
    assertNoPathIsIn("training.json");
  }

  /** Where the paths of the user's machine must not be. */
  private void assertNoPathIsIn(String name) throws IOException {
    String content = Files.readString(model.resolve(name));
    for (Path part = folder; part.getNameCount() > 0; part = part.getParent()) {
      assertThat(content).doesNotContain(part.toString());
      if (part.getParent() == null || part.getParent().getNameCount() == 0) {
        break;
      }
    }
  }

  @Test
  void theWordsOfUsersShowAsTheyAre() {
    trained("--valid-fraction", "0.2");
    String card =
        output(
            "info",
            model.toString(),
            "--card",
            "--output",
            "-",
            "--title",
            "<b>R*D*</b> | _v2_ a_b");
    assertThat(card).contains("\n# &lt;b>R\\*D\\*&lt;/b> \\| \\_v2\\_ a_b\n");
  }

  @Test
  void aFolderOfTextsHasTheHashOfAllItsBytes() throws IOException {
    Path texts = Files.createDirectory(folder.resolve("texts"));
    Files.writeString(texts.resolve("b.txt"), "on the mat\n".repeat(30));
    Files.writeString(texts.resolve("a.txt"), "the cat\n".repeat(30));
    Files.write(texts.resolve("skipped.bin"), new byte[] {0, 1, 2, 0});
    text = texts;
    byte[] all = ("the cat\n".repeat(30) + "on the mat\n".repeat(30)).getBytes(UTF_8);
    assertThat(trained("--valid-fraction", "0.2").data())
        .containsExactly(
            new TrainingRecord.Data("training", "texts", 2, (long) all.length, sha256(all)));
  }

  @Test
  void aResumedRunKeepsItsBeginning() {
    TrainingRecord first = trained("--valid-fraction", "0.2");
    Commands.Outcome more =
        lm("train", "--resume", "--model", model.toString(), "--steps", "9", "--device", "cpu");
    assertThat(more.code()).as(more.err()).isZero();
    TrainingRecord second = Objects.requireNonNull(TrainingRecord.read(model));
    assertThat(second.command()).isEqualTo(first.command());
    assertThat(second.began()).isEqualTo(first.began());
    assertThat(second.data()).isEqualTo(first.data());
    assertThat(Objects.requireNonNull(second.place()).device()).isEqualTo("cpu");
    assertThat(Objects.requireNonNull(second.result()).steps()).isEqualTo(9);
  }

  @Test
  void theCardHasWhatTheHubReads() throws IOException, InterruptedException {
    trained("--valid-fraction", "0.2");
    Path results = folder.resolve("eval.json");
    Path test = Files.writeString(folder.resolve("test.txt"), "the cat sat on the mat\n");
    Files.writeString(
        results,
        output(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            test.toString(),
            "--json",
            "--device",
            "reference"));
    output(
        "info",
        model.toString(),
        "--card",
        "--license",
        "cc0-1.0",
        "--language",
        "en",
        "--dataset",
        "someone/cats",
        "--results",
        results.toString());
    Path card = model.resolve("README.md");
    Map<String, @Nullable Object> read = PythonYaml.modelCard(card);
    assertThat(read)
        .containsEntry("model_name", "cats")
        .containsEntry("license", "cc0-1.0")
        .containsEntry("pipeline", "text-generation")
        .containsEntry("language", List.of("en"))
        .containsEntry("datasets", List.of("someone/cats"));
    double loss = Run.progressOf(model).validationLosses().stream().min(Double::compare).get();
    List<?> all = (List<?>) Objects.requireNonNull(read.get("results"));
    assertThat(value(all, "validation", "loss")).isEqualTo(loss);
    assertThat(value(all, "validation", "perplexity")).isCloseTo(Math.exp(loss), within(1e-12));
    assertThat(value(all, "validation", "bits_per_character"))
        .isCloseTo(loss / Math.log(2), within(1e-12));
    Map<String, @Nullable Object> tested = Json.object(Files.readAllBytes(results), "results");
    assertThat(value(all, "test", "perplexity")).isEqualTo(tested.get("perplexity"));
    assertNoPathIsIn("README.md");
  }

  private static double value(List<?> results, String split, String metric) {
    for (Object result : results) {
      List<?> parts = (List<?>) result;
      if (split.equals(parts.get(2)) && metric.equals(parts.get(3))) {
        assertThat(parts.get(1)).isEqualTo(split.equals("test") ? "test.txt" : "a text.txt");
        return ((Number) parts.get(4)).doubleValue();
      }
    }
    throw new AssertionError(results + " has no " + metric + " of " + split);
  }

  @Test
  void theCardSaysWhatIsKnownAndWhatIsNot() {
    trained("--valid-fraction", "0.2");
    String card = output("info", model.toString(), "--card", "--output", "-");
    assertThat(card)
        .startsWith("---\nlicense: \"unknown\"\nlibrary_name: \"lm4j\"\n")
        .contains("model-index:\n- name: \"cats\"\n  results:\n") // in this order each time
        .contains("| training | a text.txt | 1 | 920 | `" + sha256(bytes()) + "` |")
        .contains("For training: 736 tokens, which are 736 characters and 736 bytes. ")
        .contains("lm generate --model cats --prompt")
        .contains("LanguageModel.load(Path.of(\"cats\"))")
        .contains("curl http://127.0.0.1:8080/v1/completions")
        .contains("| licence | unknown: none has been named |")
        .contains("| optimizer.learningRate | 0.002 |")
        .doesNotContain("language:", "datasets:");
    assertThat(model.resolve("README.md")).doesNotExist();
  }

  private byte[] bytes() {
    try {
      return Files.readAllBytes(text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aFolderWithoutARecordHasACardToo() {
    String card = output("info", "models/java-source", "--card", "--output", "-");
    assertThat(card)
        .contains("Unknown: this folder has no record of the files")
        .contains("The command is unknown.")
        .contains("| machine | unknown |")
        .doesNotContain("model-index");
  }

  @Test
  void aReadmeIsNotReplacedUnasked() throws IOException {
    trained();
    Path readme = Files.writeString(model.resolve("README.md"), "mine");
    assertRefused(lm("info", model.toString(), "--card"), "README.md", "--force");
    assertThat(readme).hasContent("mine");
    output("info", model.toString(), "--card", "--force");
    assertThat(Files.readString(readme)).startsWith("---\n");
    assertRefused(
        lm("info", model.toString(), "--card", "--license", "GPL v3"), "licence", "GPL v3");
    assertRefused(lm("info", model.toString(), "--license", "mit"), "--card");
    assertRefused(lm("info", model.toString(), "--card", "--force", "--json"), "not both");
    Path other = Files.writeString(folder.resolve("other.json"), "{\"hidden\": 16}");
    assertRefused(
        lm("info", model.toString(), "--card", "--output", "-", "--results", other.toString()),
        "no loss, perplexity or accuracy");
    assertRefused(
        lm("info", model.toString(), "--card", "--output", "-", "--results", folder.toString()),
        "cannot read " + folder + ": it is a folder, not a file");
    Path config = model.resolve("config.json");
    assertRefused(
        lm("info", model.toString(), "--card", "--output", config.toString()), "part of a model");
  }

  /** Copies and models of n-grams keep the record. */
  @Test
  void otherFoldersHaveARecordToo() throws IOException {
    TrainingRecord first = trained("--valid-fraction", "0.2");
    Path copy = folder.resolve("copy");
    output("export", "--model", model.toString(), "--compact", copy.toString());
    assertThat(TrainingRecord.read(copy)).isEqualTo(first);
    assertThat(output("info", copy.toString(), "--card", "--output", "-"))
        .contains("stored as BF16", "Validation perplexity", "lm train --corpus 'a text.txt'");
    Path ngrams = folder.resolve("ngrams");
    output("ngram", "train", "--corpus", text.toString(), "--model", ngrams.toString());
    assertThat(Objects.requireNonNull(TrainingRecord.read(ngrams)).data()).isEqualTo(first.data());
    assertThat(output("info", ngrams.toString(), "--card", "--output", "-"))
        .contains("| training | a text.txt | 1 | 920 |");
  }

  /** Trains a small classifier on what the options say, in the place of another if there is one. */
  private void trainClassifier(String... data) {
    List<String> command = new ArrayList<>(List.of("classify", "train"));
    command.addAll(List.of(data));
    command.addAll(List.of("--model", model.toString(), "--force"));
    command.addAll(List.of("--hidden", "4", "--epochs", "1", "--device", "reference"));
    output(command.toArray(String[]::new));
  }

  /** Another task: the files it is trained on are recorded by its options. */
  @Test
  void aClassifierHasARecordAndACard() throws IOException, InterruptedException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append(i % 2 == 0 ? "yes\tthe cat\n" : "no\tthe mat\n");
    }
    Path table = Files.writeString(folder.resolve("classes.tsv"), lines);
    trainClassifier("--corpus", table.toString());
    TrainingRecord record = Objects.requireNonNull(TrainingRecord.read(model));
    assertThat(record.data())
        .containsExactly(
            new TrainingRecord.Data(
                "training",
                "classes.tsv",
                1,
                Files.size(table),
                sha256(Files.readAllBytes(table))));
    output("info", model.toString(), "--card");
    Map<String, @Nullable Object> read = PythonYaml.frontMatter(model.resolve("README.md"));
    assertThat(read).containsEntry("pipeline_tag", "text-classification");
    assertThat((List<?>) read.get("metrics")).hasSize(2); // loss and accuracy
    Path yes = Files.writeString(folder.resolve("y.txt"), "the cat\n".repeat(20));
    Path no = Files.writeString(folder.resolve("n.txt"), "the mat\n".repeat(20));
    trainClassifier("--files", "yes=" + yes, "no=" + no);
    record = Objects.requireNonNull(TrainingRecord.read(model));
    assertThat(record.command())
        .startsWith("lm classify train --files yes=y.txt no=n.txt --model cats ");
    assertThat(record.data())
        .extracting(TrainingRecord.Data::name)
        .containsExactly("y.txt", "n.txt");
    assertNoPathIsIn("training.json");
  }

  /** Its weights are those of the last validation, which need not be the best of the run. */
  @Test
  void aKeptCheckpointHasTheLossOfItsWeights() throws IOException {
    Path valid = Files.writeString(folder.resolve("v.txt"), "nnnnccccoooottttnn\n".repeat(9));
    trained(
        "--valid",
        valid.toString(),
        "--learning-rate",
        "0.1",
        "--steps",
        "12",
        "--validate-every",
        "2",
        "--keep",
        "1");
    List<Double> losses = Run.progressOf(model).validationLosses();
    double last = losses.getLast();
    assertThat(last).isGreaterThan(losses.getFirst());
    String kept = model.resolve("checkpoint-12").toString();
    assertThat(output("info", kept, "--json")).contains("\"validation_loss\":" + last);
    assertThat(output("info", kept)).contains("loss %.4f".formatted(last));
    assertThat(output("info", kept, "--card", "--output", "-"))
        .contains("| Validation loss | %.4f |".formatted(last));
    double best = losses.stream().min(Double::compare).get();
    assertThat(output("info", model.toString(), "--json")).contains("\"validation_loss\":" + best);
  }

  /** The result of the run before is not that of the weights that are saved on the way. */
  @Test
  void whatIsSavedOnTheWayHasNoResult() {
    TrainingRecord first = trained("--valid-fraction", "0.2", "--validate-every", "2");
    assertThat(first.result()).isNotNull();
    String into = model.toString();
    output(
        "train",
        "--resume",
        "--model",
        into,
        "--steps",
        "8",
        "--keep",
        "1",
        "--save-at",
        "50",
        "--sample",
        "0",
        "--device",
        "reference");
    for (String name : List.of("checkpoint-8", "chck_50")) {
      TrainingRecord record = Objects.requireNonNull(TrainingRecord.read(model.resolve(name)));
      assertThat(record.result()).as(name).isNull();
      assertThat(record.data()).isEqualTo(first.data());
    }
    assertThat(Objects.requireNonNull(TrainingRecord.read(model)).result()).isNotNull();
  }

  /** The commands of the cards of all kinds can be read. */
  @Test
  void everyCommandOfACardIsOne() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("java/main/org/lm4j/task/card/use.md"));
    assertThat(lines.stream().filter(line -> line.startsWith("@ ")))
        .hasSize(ModelKind.values().length);
    for (String line : lines) {
      if (line.startsWith("lm ")) {
        String[] words = line.substring(3).replaceAll("\"[^\"]*\"", "text").split(" ", -1);
        PrintWriter none = new PrintWriter(Writer.nullWriter());
        CommandLine all = Lm.commandLine(none, none);
        assertThat(all.parseArgs(BareFolder.spelledOut(all, words)).unmatched()).as(line).isEmpty();
      }
    }
  }
}
