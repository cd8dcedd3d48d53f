package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.compute.Cell;

/** {@code lm scenes} and {@code lm caption} on a few scenes, learned by heart. */
@Tag("slow")
class CaptionCommandTest {
  private static final int COUNT = 16;

  @TempDir private Path folder;
  private Path scenes = Path.of("");

  @BeforeEach
  void draw() {
    scenes = folder.resolve("scenes");
    String said =
        Commands.output("scenes", "--output", path(""), "--count", "" + COUNT, "--canonical");
    assertThat(said).contains("16 scenes to learn from, 2 to stop by, 2 to judge by");
  }

  private String path(String name) {
    return scenes.resolve(name).toString();
  }

  private Commands.Outcome train(Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "caption", "train",
                "--features", path("train.npz"),
                "--captions", path("train.captions.tsv"),
                "--model", model.toString(),
                "--device", "cpu",
                "--threads", "1",
                "--hidden", "32",
                "--embedding", "16",
                "--attention-width", "16",
                "--batch", "8"));
    arguments.addAll(Arrays.asList(more));
    return Commands.lm(arguments.toArray(String[]::new));
  }

  private String trained(Path model, String... more) {
    Commands.Outcome outcome = train(model, more);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  private String[] on(String command, Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "caption",
                command,
                "--model",
                model.toString(),
                "--features",
                path("train.npz"),
                "--device",
                "cpu",
                "--threads",
                "1"));
    arguments.addAll(Arrays.asList(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void learnsByHeartAndIsEvaluated() throws IOException {
    Path model = folder.resolve("model");
    String shown = trained(model, "--epochs", "120", "--learning-rate", "0.01");
    assertThat(shown).contains("images learned from", "written  ", "given    ");
    assertThat(Files.readString(model.resolve("config.json"))).contains("\"caption\"");
    assertThat(lastLoss(model)).isLessThan(0.1);
    String judged =
        Commands.output(
            on(
                "eval",
                model,
                "--captions",
                path("train.captions.tsv"),
                "--words",
                path("train.words.tsv")));
    assertThat(judged)
        .contains(
            "images     16",
            "BLEU-4     1.0000",
            "ROUGE-L    1.0000",
            "exact      100.00 % are one of the captions given, 100.00 % the first",
            "words that name a cell look there most");
    String beam =
        Commands.output(
            on(
                "eval",
                model,
                "--captions",
                path("train.captions.tsv"),
                "--beam",
                "3",
                "--json",
                "--page",
                path("eval.html")));
    assertThat(beam).contains("\"exact\":1.0", "\"images\":16");
    assertThat(Files.readString(Path.of(path("eval.html"))))
        .contains(">1.000</dd>", ">100.00 %</dd>", "16 of 16 captions", "BLEU-4: 1<")
        .doesNotContain("First captions that are none");

    Path page = folder.resolve("page.html");
    Path weights = folder.resolve("weights.tsv");
    String written =
        Commands.output(
            on(
                "generate",
                model,
                "--count",
                "2",
                "--page",
                page.toString(),
                "--scenes",
                path("train.scenes.tsv"),
                "--weights",
                weights.toString()));
    String first = Files.readAllLines(scenes.resolve("train.captions.tsv")).getFirst();
    assertThat(written.lines().toList()).hasSize(2).first().isEqualTo(first);
    assertThat(Files.readString(page)).contains("data:image/svg+xml;base64,", "&lt;END&gt;");
    List<String> lines = Files.readAllLines(weights);
    int words = first.split("\t", -1)[1].split(" ", -1).length;
    assertThat(lines.get(words)).startsWith("train-000000\t" + (words + 1) + "\t<END>\t");
    for (String line : lines) {
      String[] columns = line.split("\t", -1);
      assertThat(columns).hasSize(3 + 16);
      double sum = Arrays.stream(columns).skip(3).mapToDouble(Double::parseDouble).sum();
      assertThat(Math.abs(sum - 1)).isLessThan(1e-4);
    }
    String drawn =
        Commands.output(
            on("generate", model, "--image", "train-000003", "--temperature", "1", "--seed", "4"));
    assertThat(drawn)
        .startsWith("train-000003\t")
        .isEqualTo(
            Commands.output(
                on(
                    "generate",
                    model,
                    "--image",
                    "train-000003",
                    "--temperature",
                    "1",
                    "--seed",
                    "4")));
    assertThat(Commands.output("info", model.toString()))
        .contains("a captioner", "attention.memory.weight");
  }

  private static double lastLoss(Path model) throws IOException {
    String last = Files.readAllLines(model.resolve("log.jsonl")).getLast();
    return Double.parseDouble(last.replaceAll(".*\"loss\":([^,]+),.*", "$1"));
  }

  @Test
  void learnsWithoutAttentionToo() {
    for (String cell : new String[] {"rnn", "gru", "lstm"}) {
      Path model = folder.resolve(cell);
      trained(
          model, "--no-attention", "--cell", cell, "--epochs", "250", "--learning-rate", "0.004");
      String judged =
          Commands.output(on("eval", model, "--captions", path("train.captions.tsv"), "--json"));
      assertThat(judged).contains("\"exact\":1.0").doesNotContain("attention");
      assertThat(Commands.output(on("generate", model, "--count", "1", "--json")))
          .contains("\"log_probability\"")
          .doesNotContain("weights");
    }
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    String[] held = {
      "--valid-features", path("valid.npz"), "--valid-captions", path("valid.captions.tsv")
    };
    trained(whole, with(held, "--epochs", "4", "--dropout", "0.2"));
    trained(parts, with(held, "--epochs", "1.5", "--dropout", "0.2"));
    trained(parts, with(held, "--epochs", "4", "--resume"));
    assertThat(Files.readAllBytes(parts.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("model.safetensors")));
    Commands.Outcome other = train(parts, "--resume", "--cell", "gru");
    assertThat(other.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(other.err()).contains("--resume continues with the captioner and vocabulary");
  }

  private static String[] with(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static void refused(Commands.Outcome outcome, String... words) {
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(outcome.err()).contains(words).doesNotContain("\tat ");
  }

  /** Each command takes its own part of a data set that is one file. */
  @Test
  void karpathysSplitsAreKeptApart() throws IOException {
    StringBuilder images = new StringBuilder();
    for (int i = 0; i < COUNT; i++) {
      images.append(
          "%s{\"filename\": \"train-%06d\", \"split\": \"%s\", \"sentences\": [{\"raw\": \"A cat.\"}]}"
              .formatted(i == 0 ? "" : ",", i, i < 10 ? "train" : i < 14 ? "val" : "test"));
    }
    String file =
        Files.writeString(folder.resolve("dataset.json"), "{\"images\": [" + images + "]}")
            .toString();
    Path model = folder.resolve("model");
    String command =
        "caption train --features F --captions C --valid-captions C --model M --device cpu"
            + " --threads 1 --hidden 8 --embedding 8 --batch 8 --epochs 1";
    Map<String, String> paths = Map.of("F", path("train.npz"), "C", file, "M", model.toString());
    Commands.Outcome trained =
        Commands.lm(
            Arrays.stream(command.split(" ", -1))
                .map(word -> paths.getOrDefault(word, word))
                .toArray(String[]::new));
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("10 captions of the split train, of 16 in all")
        .contains("4 captions of the split val, of 16 in all")
        .contains("captions 10 of 10 images");
    assertThat(Commands.output(on("eval", model, "--captions", file))).contains("images     2\n");
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    Path model = folder.resolve("model");
    Path captions = folder.resolve("captions.tsv");
    Files.writeString(captions, "train-000000\ta red cat\nnowhere\ta dog\n");
    refused(
        Commands.lm(
            "caption",
            "train",
            "--features",
            path("train.npz"),
            "--captions",
            captions.toString(),
            "--model",
            model.toString()),
        captions + ", line 2",
        "image 'nowhere' has no features in " + path("train.npz"));
    assertThat(model).doesNotExist();
    refused(train(model, "--valid-features", path("valid.npz")), "needs --valid-captions too");
    refused(train(model, "--attention", "--no-attention"), "does not go with");
    refused(train(model, "--cell", "elman"), "'elman' is none of " + Cell.labels());

    trained(model, "--epochs", "1");
    Path names = folder.resolve("names");
    Path vectors = folder.resolve("vectors.npy");
    Files.writeString(names, "one\n");
    Files.write(vectors, npy());
    refused(
        Commands.lm(
            "caption",
            "generate",
            "--model",
            model.toString(),
            "--features",
            vectors.toString(),
            "--names",
            names.toString()),
        "each image has 3 features, but the model takes a grid of 16 cells of 200 features");
    refused(
        train(
            folder.resolve("other"),
            "--valid-features",
            vectors.toString(),
            "--valid-names",
            names.toString(),
            "--valid-captions",
            Files.writeString(folder.resolve("one.tsv"), "one\ta cat\n").toString()),
        "each image has 3 features");
    refused(
        Commands.lm(on("generate", model, "--image", "nowhere")),
        "image 'nowhere' has no features");
    refused(
        Commands.lm(on("generate", model, "--beam", "2", "--temperature", "1")),
        "--temperature does not go with --beam");
    refused(
        Commands.lm(
            "caption",
            "eval",
            "--model",
            folder.resolve("none").toString(),
            "--features",
            path("train.npz"),
            "--captions",
            path("train.captions.tsv")),
        "make one with: lm caption train");
    refused(
        Commands.lm("scenes", "--output", path(""), "--count", "3"), "is there already", "--force");
  }

  /** Returns one row of three numbers. */
  private static byte[] npy() {
    StringBuilder header =
        new StringBuilder("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }");
    while ((10 + header.length() + 1) % 64 != 0) {
      header.append(' ');
    }
    header.append('\n');
    java.nio.ByteBuffer file =
        java.nio.ByteBuffer.allocate(10 + header.length() + 12)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) header.length());
    file.put(header.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    file.putFloat(1).putFloat(2).putFloat(3);
    return file.array();
  }
}
