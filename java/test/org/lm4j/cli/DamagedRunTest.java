package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.model.TrainingRecord;
import org.lm4j.tensor.Tensor;

/** A run whose files are damaged is refused in one sentence, and its files are left alone. */
@Tag("slow")
class DamagedRunTest {
  @TempDir private Path folder;
  private Path model;
  private Path checkpoint;

  @BeforeEach
  void trainASmallModel() throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
    checkpoint = model.resolve("checkpoint.safetensors");
    assertThat(train(corpus, model).code()).isZero();
  }

  private void assertResumeRefused(String... words) throws IOException {
    Map<String, byte[]> before = Commands.contents(model);
    assertRefused(
        lm(("train --resume --steps 9 --device reference --model " + model).split(" ", -1)), words);
    assertThat(Commands.contents(model)).usingRecursiveComparison().isEqualTo(before);
  }

  /** What it says is for readers: no result depends on it. */
  @Test
  void aDamagedRecordOfTheTrainingIsWrittenAnew() throws IOException {
    Path record = model.resolve("training.json");
    for (byte[] damaged : new byte[][] {{}, "{\"version\": ".getBytes(UTF_8), {'[', -1, ']'}}) {
      Files.write(record, damaged);
      Path page = folder.resolve("page.html");
      Commands.Outcome resumed =
          lm(
              ("train --resume --epochs 1 --device reference --model " + model + " --page " + page)
                  .split(" ", -1));
      assertThat(resumed.code()).as(resumed.err()).isZero();
      assertThat(resumed.err())
          .containsOnlyOnce("training.json")
          .contains("what it said about the training so far is lost, and a new one is written");
      assertThat(lm("info", model.toString()).code()).isZero();
      TrainingRecord fresh = Objects.requireNonNull(TrainingRecord.read(model));
      assertThat(fresh.data()).isNull();
      assertThat(Objects.requireNonNull(fresh.recipe())).isNotEmpty();
    }
  }

  @Test
  void refusesADamagedCheckpoint() throws IOException {
    byte[] good = Files.readAllBytes(checkpoint);
    for (int length : new int[] {0, 5, 100, good.length - 8}) {
      Files.write(checkpoint, Arrays.copyOf(good, length));
      assertResumeRefused("checkpoint.safetensors");
    }
    byte[] oversized = good.clone();
    ByteBuffer.wrap(oversized).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 40);
    Files.write(checkpoint, oversized);
    assertResumeRefused("checkpoint.safetensors");
  }

  @Test
  void refusesAnOtherModelsCheckpoint() throws IOException {
    byte[] good = Files.readAllBytes(checkpoint);
    rewrite(tensors -> tensors.remove("optimizer.1.decoder.bias"), metadata -> metadata);
    assertResumeRefused("checkpoint.safetensors", "optimizer.1.decoder.bias");
    Files.write(checkpoint, good);
    rewrite(
        tensors -> tensors.put("state.h", tensors.get("model.decoder.bias")), metadata -> metadata);
    assertResumeRefused("checkpoint.safetensors", "state.h");
    Files.copy(model.resolve("model.safetensors"), folder.resolve("copy"));
    Files.move(
        folder.resolve("copy"), checkpoint, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertResumeRefused("is not a checkpoint of this version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.encoder.weight", "optimizer.0.decoder.bias", "state.c"})
  void refusesACheckpointThatIsNotFinite(String name) throws IOException {
    rewrite(
        tensors -> Objects.requireNonNull(tensors.get(name)).set(2, Double.NaN),
        metadata -> metadata);
    assertResumeRefused("checkpoint.safetensors", name, "NaN");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"step\":5;\"step\":-5",
        "\"step\":5;\"stop\":5",
        "\"batch\":4;\"batch\":0",
        "\"constant\";\"con\"",
        "\"steps\":5;\"steps\":null",
        "\"intervalLoss\":0.0;\"intervalLoss\":\"NaN\"",
        "{;[",
      })
  void refusesAPlanOrAProgressThatMakesNoSense(String change) throws IOException {
    String[] parts = change.split(";", -1);
    rewrite(tensors -> {}, text -> text.replace(parts[0], parts[1]));
    assertResumeRefused("checkpoint.safetensors");
  }

  @Test
  void refusesTokensOrVocabularyThatAreGoneOrDamaged() throws IOException {
    Path tokens = model.resolve("train.tokens");
    byte[] good = Files.readAllBytes(tokens);
    Files.write(tokens, Arrays.copyOf(good, good.length - 3));
    assertResumeRefused("train.tokens");
    Files.delete(tokens);
    assertResumeRefused("train.tokens");
    Files.write(tokens, good);
    Files.delete(model.resolve("vocab.json"));
    assertResumeRefused("vocab.json");
  }

  /** The checkpoint again with other tensors or other texts, and no checksum to tell. */
  private void rewrite(Consumer<Map<String, Tensor>> change, UnaryOperator<String> texts)
      throws IOException {
    Files.deleteIfExists(model.resolve("manifest.json"));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(checkpoint)) {
      file.names().forEach(name -> tensors.put(name, file.tensor(name)));
      change.accept(tensors);
      Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
      metadata.replaceAll((key, text) -> texts.apply(text));
      SafetensorsWriter.write(checkpoint, tensors, metadata);
    }
  }
}
