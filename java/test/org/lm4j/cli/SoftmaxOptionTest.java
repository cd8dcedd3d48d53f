package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.SafetensorsFile;

/** The output layers for large vocabularies, through the commands. */
class SoftmaxOptionTest {
  private static final String[] WORDS = {
    "--level", "word", "--hidden", "16", "--optimizer", "adagrad"
  };

  @TempDir Path folder;
  private Path text;
  private Path model;

  @BeforeEach
  void write() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    String words =
        random
            .ints(1200, 0, 60)
            .mapToObj(i -> "w" + Math.min(i, random.nextInt(60)) + (i % 7 == 0 ? "\n" : " "))
            .collect(Collectors.joining());
    text = Files.writeString(folder.resolve("text"), words);
    model = folder.resolve("model");
  }

  private Commands.Outcome trained(String... more) {
    String[] all = Arrays.copyOf(WORDS, WORDS.length + more.length);
    System.arraycopy(more, 0, all, WORDS.length, more.length);
    return train(text, model, all);
  }

  @Test
  void configAndInfoHaveTheClustersAndFullSoftmaxNoTrace() throws Exception {
    assertThat(trained("--softmax", "adaptive", "--cutoffs", "9,30").err())
        .contains("adaptive softmax with clusters from 9 and 30");
    assertThat(Files.readString(model.resolve("config.json")))
        .contains("\"softmax\": \"adaptive\"", "\"cutoffs\": \"9,30\"", "\"divValue\": 4.0")
        .doesNotContain("samples");
    assertThat(output("info", model.toString()))
        .contains("adaptive softmax with clusters from 9 and 30", "decoder.tail.1.1.weight");
    model = folder.resolve("full");
    trained();
    assertThat(Files.readString(model.resolve("config.json")))
        .doesNotContain("softmax", "cutoffs", "divValue", "samples");
  }

  @ParameterizedTest
  @CsvSource({"adaptive, cpu", "adaptive, reference", "sampled, cpu", "sampled, reference"})
  void aRunIsResumedToTheSameBits(String softmax, String device) throws Exception {
    String[] options = {"--softmax", softmax, "--device", device, "--dropout", "0.2", "--steps"};
    assertThat(trained(with(options, "14")).err()).doesNotContain("lm: ");
    Path whole = model.resolve("model.safetensors");
    model = folder.resolve("resumed");
    assertThat(trained(with(options, "6")).code()).isEqualTo(ExitCodes.OK);
    String[] resumed = {"train", "--model", model.toString(), "--resume", "--steps", "14"};
    assertThat(lm(with(resumed, "--device", device)).code()).isEqualTo(ExitCodes.OK);
    assertThat(Files.mismatch(model.resolve("model.safetensors"), whole)).isEqualTo(-1);
  }

  private static String[] with(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  /** The rows of lm score and the loss of lm eval are of one distribution that sums to one. */
  @ParameterizedTest
  @ValueSource(strings = {"adaptive", "sampled"})
  void scoresAreOfOneExactDistribution(String softmax) throws Exception {
    trained("--softmax", softmax, "--device", "cpu");
    Path line = Files.writeString(folder.resolve("line"), "w3 w1 w40\n");
    String scores =
        output(
            "score",
            "--model",
            model.toString(),
            line.toString(),
            "--in",
            "nats",
            "--top",
            "100",
            "--columns",
            "text,surprisal,rank,entropy");
    for (String row : scores.lines().skip(1).limit(3).toList()) {
      String[] cells = row.split("\t", -1);
      double total = 0;
      double entropy = 0;
      int rank = 0;
      for (int i = 4; i + 1 < cells.length && !cells[i].isEmpty(); i += 2) {
        double nats = Double.parseDouble(cells[i + 1]);
        total += Math.exp(-nats);
        entropy += Math.exp(-nats) * nats;
        rank = cells[i].equals(cells[0]) ? (i - 2) / 2 : rank;
        if (cells[i].equals(cells[0])) {
          assertThat(nats).isCloseTo(Double.parseDouble(cells[1]), within(2e-5));
        }
      }
      assertThat(total).isCloseTo(1, within(1e-4));
      assertThat(Double.parseDouble(cells[3])).isCloseTo(entropy, within(1e-3));
      assertThat(cells[2]).isEqualTo(Integer.toString(rank));
    }
    assertThat(output("generate", "--model", model.toString(), "--length", "12")).contains("w");
  }

  @Test
  void unknownWordsHaveThePlaceOfTheirFrequency() throws Exception {
    trained("--softmax", "adaptive", "--min-count", "25");
    assertThat(Files.readString(model.resolve("vocab.json"))).contains("<unk>");
    assertThat(output("info", model.toString())).contains("with <unk>");
    model = folder.resolve("same");
    trained("--min-count", "25"); // without, the same words in another order
    assertThat(output("info", model.toString())).contains("with <unk>");
  }

  @Test
  void weightsAreExportedUnderPyTorchsNames() {
    trained("--softmax", "adaptive", "--cutoffs", "9,30");
    Path file = folder.resolve("weights.safetensors");
    output("export", "--model", model.toString(), "--to", file.toString());
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      assertThat(weights.names())
          .contains(
              "decoder.head.weight",
              "decoder.head.bias",
              "decoder.tail.0.0.weight",
              "decoder.tail.0.1.weight",
              "decoder.tail.1.0.weight",
              "decoder.tail.1.1.weight")
          .doesNotContain("decoder.weight", "decoder.bias");
    }
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused(trained("--softmax", "adaptive", "--tied"), "tied weights");
    assertRefused(trained("--cutoffs", "9"), "--cutoffs and --div-value go with");
    assertRefused(trained("--softmax", "sampled", "--softmax-samples", "50"), "at most half");
    assertRefused(trained("--softmax", "sampled", "--softmax-samples", "0"), "below 1");
    assertRefused(trained("--softmax-samples", "9"), "--softmax-samples goes with");
    assertRefused(trained("--softmax", "adaptive", "--cutoffs", "9,900"), "must ascend");
    assertRefused(trained("--softmax", "adaptive", "--div-value", "0.5"), "at least 1");
    assertRefused(
        train(text, model, "--softmax", "adaptive", "--level", "char"), "sorted by frequency");
    assertThat(Files.exists(model)).isFalse();
    trained("--softmax", "adaptive");
    assertRefused(
        lm("inspect", "--gradients", "--model", model.toString(), "--corpus", text.toString()),
        "adaptive softmax");
    assertRefused(
        lm("generate", "--model", model.toString(), "--precision", "int8"), "adaptive softmax");
    assertRefused(
        lm("train", "--model", model.toString(), "--resume", "--softmax", "full"), "--resume");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"9,30\"', '\"9,900\"', must ascend",
    "'\"9,30\"', '\"x\"', are not numbers",
    "'\"cutoffs\": \"9,30\",', '', at least one cutoff",
    "'\"adaptive\"', '\"other\"', there is no softmax",
  })
  void aDamagedConfigurationIsRefused(String old, String changed, String words) throws Exception {
    trained("--softmax", "adaptive", "--cutoffs", "9,30");
    Files.delete(model.resolve("manifest.json"));
    Path config = model.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(old);
    Files.writeString(config, text.replace(old, changed));
    assertRefused(lm("generate", "--model", model.toString(), "--length", "1"), words);
  }
}
