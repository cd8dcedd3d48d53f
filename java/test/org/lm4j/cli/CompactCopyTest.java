package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Bfloat16;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.Tensor;

/** Tests the copy that {@code lm export --compact} makes. */
class CompactCopyTest {
  @TempDir private Path folder;
  private Path model;
  private Path copy;

  @BeforeEach
  void trainAModel() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "the cat sat on the mat\n".repeat(40));
    model = folder.resolve("model");
    copy = folder.resolve("copy");
    assertThat(train(text, model, "--level", "bpe", "--vocab-size", "270").code()).isZero();
    Files.writeString(model.resolve("generation_config.json"), "{\"temperature\": 0.5}");
  }

  private String export(String... more) {
    return output(join(new String[] {"export", "--model", model + ""}, more));
  }

  @Test
  void holdsTheRoundedWeightsAndWhatDescribesTheModel() throws IOException {
    assertThat(export("--compact", copy + "")).contains("weights in bfloat16");
    try (SafetensorsFile whole = SafetensorsFile.open(model.resolve("model.safetensors"));
        SafetensorsFile rounded = SafetensorsFile.open(copy.resolve("model.safetensors"))) {
      assertThat(rounded.names()).isEqualTo(whole.names());
      assertThat(rounded.metadata()).isEqualTo(whole.metadata());
      int different = 0;
      for (String name : whole.names()) {
        assertThat(rounded.storedType(name)).isEqualTo("BF16");
        for (long i = 0; i < whole.tensor(name).size(); i++) {
          double value = whole.tensor(name).get(i);
          double found = rounded.tensor(name).get(i);
          assertThat(found).isEqualTo(Bfloat16.value(Bfloat16.bits(value)));
          different += value == found ? 0 : 1;
        }
      }
      assertThat(different).isPositive();
    }
    for (String name :
        new String[] {"config.json", "vocab.json", "tokenizer.json", "generation_config.json"}) {
      assertThat(copy.resolve(name)).hasSameBinaryContentAs(model.resolve(name));
    }
    assertThat(Commands.contents(copy).keySet())
        .contains("manifest.json")
        .doesNotContain("checkpoint.safetensors", "log.jsonl", "train.tokens", "valid.tokens");
  }

  /** Sampling options belong to a model: a copy has those of its source, and no others. */
  @Test
  void theOptionsOfAReplacedModelAreNotLeftBehind() throws IOException {
    Path options = copy.resolve("generation_config.json");
    Files.createDirectories(copy);
    Files.writeString(options, "{\"temperature\": 0.7}"); // beside no model
    Files.delete(model.resolve("generation_config.json"));
    export("--compact", copy + "");
    assertThat(options).hasContent("{\"temperature\": 0.7}");
    export("--compact", copy + "", "--force");
    assertThat(options).doesNotExist();
  }

  /** A folder whose float32 weights were rounded by hand scores a text to the same bits. */
  @Test
  void isOpenedLikeAnyModelAndComputesWithTheRoundedWeights() throws IOException {
    export("--compact", copy + "");
    Path byHand = folder.resolve("by-hand");
    Files.createDirectories(byHand);
    for (String name : new String[] {"config.json", "vocab.json", "tokenizer.json"}) {
      Files.copy(model.resolve(name), byHand.resolve(name));
    }
    try (SafetensorsFile whole = SafetensorsFile.open(model.resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : whole.names()) {
        Tensor tensor = whole.tensor(name);
        for (long i = 0; i < tensor.size(); i++) {
          tensor.set(i, Bfloat16.value(Bfloat16.bits(tensor.get(i))));
        }
        tensors.put(name, tensor);
      }
      SafetensorsWriter.write(byHand.resolve("model.safetensors"), tensors, whole.metadata());
    }
    String text = folder.resolve("text").toString();
    String[] eval = {"--corpus", text, "--device", "reference", "--json"};
    String ofCopy = output(join(new String[] {"eval", "--model", copy + ""}, eval));
    String ofHand = output(join(new String[] {"eval", "--model", byHand + ""}, eval));
    String ofModel = output(join(new String[] {"eval", "--model", model + ""}, eval));
    assertThat(ofCopy).isEqualTo(ofHand.replace("by-hand", "copy"));
    assertThat(ofCopy).isNotEqualTo(ofModel.replace("/model", "/copy"));
    assertThat(output("info", copy + "")).contains("BF16");
  }

  @Test
  void cannotBeResumedButBeginsAnotherRun() {
    export("--compact", copy + "");
    assertRefused(lm("train", "--resume", "--model", copy + ""), copy + "");
    Commands.Outcome next =
        train(folder.resolve("text"), folder.resolve("next"), "--init-from", copy + "");
    assertThat(next.err()).doesNotContain("internal error");
  }

  @Test
  void anExistingModelIsReplacedOnlyIfAsked() throws IOException {
    export("--compact", copy + "");
    assertRefused(
        lm("export", "--model", model + "", "--compact", copy + ""), "--force", "--compact");
    export("--compact", copy + "", "--force");
    assertRefused(
        lm("export", "--model", model + "", "--compact", model + "", "--force"), "other than");
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Commands.Outcome onFile =
        lm("export", "--model", model + "", "--compact", file + "", "--force");
    assertRefused(onFile, file + " is a file, but a model needs a folder");
    assertThat(file).hasContent("mine");
    assertRefused(lm("export", "--model", model + ""), "either --output", "or --compact");
    assertRefused(
        lm("export", "--model", model + "", "--compact", copy + "", "--output", "x"),
        "either --output");
  }

  private static String[] join(String[] first, String... more) {
    return Stream.of(first, more).flatMap(Stream::of).toArray(String[]::new);
  }
}
