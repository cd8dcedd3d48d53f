package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.Tensor;

/**
 * Whatever is wrong with what a user gives: one sentence that names it, the right exit code, and
 * nothing lost.
 */
@Tag("slow")
class BadInputTest {
  private static final String TEXT =
      "the cat sat on the mat and the dog sat on the log\n".repeat(40);

  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void trainASmallModel() throws IOException {
    corpus = write("corpus.txt", TEXT);
    model = folder.resolve("model");
    Commands.Outcome trained = train(corpus, model);
    assertThat(trained.code()).as(trained.err()).isZero();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void refusesACorpusThatIsMissingEmptyShortOrBinary() throws IOException {
    Path fresh = folder.resolve("fresh");
    assertRefused(train(folder.resolve("none.txt"), fresh), "none.txt", "does not exist");
    assertRefused(train(write("empty.txt", ""), fresh), "empty");
    assertRefused(train(write("short.txt", "abc"), fresh), "tokens", "--batch");
    Path binary = Files.write(folder.resolve("binary"), new byte[] {1, 0, 2, 0, 3});
    assertRefused(train(binary, fresh), "binary", "level byte");
    assertRefused(train(corpus, fresh, "--valid-fraction", "0.0001"), "validation text");
    assertThat(fresh).doesNotExist();
  }

  /** The argument that an unset variable of the shell leaves. */
  @Test
  void anEmptyPathIsNotTheCurrentFolder() {
    String text = corpus.toString();
    String to = folder.resolve("fresh").toString();
    String read = model.toString();
    for (List<String> arguments :
        List.of(
            List.of("train", "--corpus", text, "--model", ""),
            List.of("train", "--corpus", "", "--model", to),
            List.of("train", "--corpus", text, "--valid", "", "--model", to),
            List.of("eval", "--model", read, "--corpus", ""),
            List.of("eval", "--model", read, "--corpus", text, "--per-token="),
            List.of("inspect", "--gradients", "--model", read, "--corpus", ""),
            List.of("info", ""),
            List.of("plot", "", "--output", to + ".html"),
            List.of("net", "train", "--cifar", "", "--model", to),
            List.of("tag", "tag", "--model", read, ""),
            List.of("classify", "predict", "--model", read, ""),
            List.of("seq2seq", "translate", "--model", read, ""))) {
      assertRefused(lm(arguments.toArray(String[]::new)), "it is empty; name a file or a folder");
    }
    assertThat(Path.of("config.json")).doesNotExist();
  }

  @Test
  void refusesAnOutputThatCannotBeMadeBeforeAnythingIsDone() throws IOException {
    String nowhere = folder.resolve("nope").resolve("x.html").toString();
    String read = model.toString();
    List<List<String>> commands =
        List.of(
            List.of("eval", "--corpus", corpus.toString(), "--model", read, "--per-token"),
            List.of("plot", read, "--output"),
            List.of("embed", "export", "--model", read, "--output"),
            List.of("export", "--model", read, "--force", "--to"),
            List.of("inspect", "--gradients", "--page"),
            List.of("net", "train", "--cifar", "a", "--model", read, "--page"),
            List.of("tag", "eval", "--model", read, "--corpus", "a", "--answers"));
    for (List<String> command : commands) {
      assertRefused(withLast(command, nowhere), "x.html' cannot be made", "nope is not a folder");
      assertRefused(withLast(command, read), "model' is a folder; give the name of a file");
      assertRefused(withLast(command, "-"), "do not go to the standard output");
      assertRefused(withLast(command, corpus + "/x"), "corpus.txt is not a folder");
    }
    assertThat(Path.of("-")).doesNotExist();
    assertThat(withLast(commands.getFirst(), folder.resolve("losses").toString()).code()).isZero();
  }

  private static Commands.Outcome withLast(List<String> command, String last) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add(last);
    return lm(arguments.toArray(String[]::new));
  }

  @Test
  void saysWhereUtf8IsBroken() throws IOException {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    bytes[123] = (byte) 0xFF;
    Path broken = Files.write(folder.resolve("broken.txt"), bytes);
    assertRefused(train(broken, folder.resolve("fresh")), "byte offset 123", "level byte");
    Commands.Outcome byBytes = train(broken, folder.resolve("fresh"), "--level", "byte");
    assertThat(byBytes.code()).as(byBytes.err()).isZero();
  }

  @Test
  void refusesAPromptWithUnknownCharacters() {
    assertRefused(
        lm("generate", "--model", model.toString(), "--prompt", "the ☂", "--device", "reference"),
        "☂",
        "U+2602");
  }

  @Test
  void leavesAnExistingModelAlone() throws IOException {
    Map<String, byte[]> before = Commands.contents(model);
    assertRefused(train(corpus, model), "--resume", "--force");
    assertRefused(train(folder.resolve("none.txt"), model, "--force"), "none.txt");
    assertRefused(train(write("short.txt", "abc"), model, "--force"), "--batch");
    assertRefused(train(corpus, corpus), "is a file");
    assertRefused(train(corpus, corpus.resolve("sub/model")), "corpus.txt is a file");
    // Found out only after the text is read: the shape, the initial weights.
    assertRefused(train(corpus, model, "--force", "--hidden", "60000"), "smaller");
    assertRefused(train(corpus, model, "--force", "--init-range", "1e308"), "--init-range");
    assertThat(Commands.contents(model)).usingRecursiveComparison().isEqualTo(before);
    assertThat(train(corpus, model, "--force").code()).isZero();
  }

  @Test
  void resumesOnlyWhatItCan() throws IOException {
    String text = corpus.toString();
    assertRefused(lm("train", "--resume", "--model", folder.resolve("x").toString()), "no run");
    assertRefused(train(corpus, model, "--resume", "--batch", "5"), "--resume", "batch 4");
    assertRefused(train(corpus, model, "--resume", "--cell", "gru"), "--resume");
    assertRefused(train(corpus, model, "--resume", "--level", "byte"), "char level");
    assertRefused(train(corpus, model, "--resume", "--optimizer", "sgd"), "optimizer");
    assertRefused(train(corpus, model, "--resume", "--seed", "2"), "seed 1");
    for (String[] changed :
        new String[][] {
          {"--min-count", "2"},
          {"--vocab-size", "20"},
          {"--valid-fraction", "0.2"},
          {"--valid", text},
          {"--init-range", "0.1"},
          {"--forget-bias", "1"}
        }) {
      assertRefused(train(corpus, model, "--resume", changed[0], changed[1]), changed[0], "began");
    }
    assertThat(train(corpus, model, "--resume", "--min-count", "1").code()).isZero();
    assertRefused(
        lm("train", "--resume", "--force", "--corpus", text, "--model", model.toString()),
        "--resume does not go");
    // Other tokens under the same checkpoint.
    Path other = folder.resolve("other");
    train(write("other.txt", TEXT.replace("cat", "cow")), other);
    Files.copy(
        other.resolve("train.tokens"),
        model.resolve("train.tokens"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused(lm("train", "--resume", "--model", model.toString()), "train.tokens is damaged");
    changedOnPurpose();
    assertRefused(
        lm("train", "--resume", "--model", model.toString()),
        "not what this run was trained on",
        "--force");
  }

  @Test
  void refusesDamagedWeights() throws IOException {
    Path weights = model.resolve("model.safetensors");
    byte[] good = Files.readAllBytes(weights);
    damaged(weights, java.util.Arrays.copyOf(good, 5));
    damaged(weights, java.util.Arrays.copyOf(good, good.length - 8));
    byte[] oversized = good.clone();
    ByteBuffer.wrap(oversized).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
    damaged(weights, oversized);
    String header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}";
    ByteBuffer overlapping =
        ByteBuffer.allocate(8 + header.length() + 12).order(ByteOrder.LITTLE_ENDIAN);
    overlapping.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    damaged(weights, overlapping.array());
  }

  private void damaged(Path weights, byte[] bytes) throws IOException {
    Files.write(weights, bytes);
    assertRefused(eval(), "model.safetensors");
    assertRefused(
        lm("generate", "--model", model.toString(), "--device", "reference"), "model.safetensors");
    assertRefused(lm("info", model.toString()), "model.safetensors");
  }

  private Commands.Outcome eval(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("eval", "--model", model.toString(), "--device", "reference"));
    arguments.addAll(List.of("--corpus", corpus.toString()));
    arguments.addAll(List.of(more));
    return lm(arguments.toArray(String[]::new));
  }

  @Test
  void refusesWeightsThatAreNotFinite() throws IOException {
    Path weights = model.resolve("model.safetensors");
    Map<String, Tensor> tensors = new java.util.LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      file.names().forEach(name -> tensors.put(name, file.tensor(name)));
      file.tensor("encoder.weight").set(3, Double.NaN); // the same tensor as in the map
      SafetensorsWriter.write(weights, tensors, Map.of());
    }
    assertRefused(eval(), "model.safetensors is damaged", "manifest.json");
    changedOnPurpose();
    assertRefused(eval(), "encoder.weight", "1 numbers", "NaN");
  }

  /** The advice in the message about a file that was changed after it was written. */
  private void changedOnPurpose() throws IOException {
    Files.delete(model.resolve("manifest.json"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"hidden\": 6;\"hidden\": 7;rnn.weight",
        "\"cell\": \"lstm\";\"cell\": \"gru\";rnn.weight",
        "\"layers\": 1;\"layers\": 2;rnn.weight_ih_l1",
        "\"tied\": false;\"tied\": true;decoder.weight",
        "\"level\": \"char\";\"level\": \"word\";config.json",
        "\"cell\": \"lstm\";\"cell\": \"elm\";elm",
        "\"layers\": 1;\"layers\": 0;config.json",
        "\"layers\": 1;\"layers\": 1, \"depth\": 3;depth",
        "lm4j-1;lm4j-9;lm4j-9"
      })
  void refusesAConfigurationThatContradictsTheRest(String change) throws IOException {
    String[] parts = change.split(";", -1);
    Path config = model.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(parts[0]);
    Files.writeString(config, text.replace(parts[0], parts[1]));
    assertRefused(eval(), "config.json is damaged", "changed the file on purpose");
    changedOnPurpose();
    assertRefused(eval(), parts[2]);
  }

  @Test
  void refusesAFolderWithoutAModel() throws IOException {
    model = folder.resolve("nothing");
    assertRefused(eval(), "no model folder", "nothing");
    Files.createDirectory(model);
    assertRefused(eval(), "config.json");
  }

  @Test
  void refusesADeviceThatIsNotThere() {
    assertRefused(
        lm("eval", "--model", model.toString(), "--corpus", corpus.toString(), "--device", "cuda"),
        "cuda");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--hidden 0",
        "--hidden -3",
        "--layers 0",
        "--embedding 0",
        "--dropout 1",
        "--dropout -0.1",
        "--weight-dropout 1",
        "--embedding-dropout 1.5",
        "--batch 0",
        "--bptt 0",
        "--epochs 0",
        "--steps 0",
        "--time 10x",
        "--learning-rate 0",
        "--learning-rate nan",
        "--momentum 1",
        "--weight-decay -1",
        "--decay 0",
        "--decay 1.5",
        "--decay-every 0",
        "--warmup -1",
        "--clip -1",
        "--clip-value -1",
        "--threads 0",
        "--valid-fraction 1",
        "--min-count 0",
        "--vocab-size 0",
        "--cell lstn",
        "--level chars",
        "--optimizer adem",
        "--schedule cosinus",
        "--schedule cos",
        "--schedule ,",
        "--forget-bias NaN",
        "--decay-after -1",
        "--patience -1",
        "--valid-batch 0",
        "--validate-every 0",
        "--checkpoint-every 0",
        "--log-interval 0",
        "--sample -1",
        "--vocab-size 1",
        "--min-count 100000",
        "--embedding 2000000000",
        "--layers 2000000000",
        "--batch 2000000000",
        "--device gpu",
        "--seed x",
        "--tied --embedding 5",
        "--init-range 0"
      })
  void refusesOptionsOutOfRange(String options) {
    Path fresh = folder.resolve("fresh");
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--corpus", corpus.toString(), "--model", fresh.toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    if (!options.startsWith("--device")) {
      arguments.addAll(List.of("--device", "reference"));
    }
    Commands.Outcome outcome = lm(arguments.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(outcome.err()).hasLineCount(1).doesNotContain("Exception");
    assertThat(fresh).doesNotExist();
  }

  @Test
  void aTemperatureOfZeroIsCalledGreedy() {
    assertRefused(
        lm("generate", "--model", model.toString(), "--temperature", "0"),
        "--temperature is at least 0.001",
        "give --greedy");
  }

  @Test
  void refusesSamplingOptionsOutOfRange() {
    for (String options :
        List.of(
            "--temperature 0",
            "--top-p 0",
            "--top-p 1.1",
            "--top-k -1",
            "--length -1",
            "--samples 0")) {
      List<String> arguments =
          new ArrayList<>(
              List.of("generate", "--model", model.toString(), "--device", "reference"));
      arguments.addAll(List.of(options.split(" ", -1)));
      Commands.Outcome outcome = lm(arguments.toArray(String[]::new));
      assertThat(outcome.code()).as(options + ": " + outcome.err()).isEqualTo(2);
      assertThat(outcome.err()).hasLineCount(1);
    }
  }

  @Test
  void refusesATextOfOneToken() throws IOException {
    corpus = write("one.txt", "t");
    assertRefused(eval(), "fewer than two tokens");
  }
}
