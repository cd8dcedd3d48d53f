package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.io.DiskFaults;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Model folders written by earlier versions are opened, applied with the same result, and resumed
 * to the same bits. {@code golden/README.md} describes the files.
 */
@Tag("slow")
class GoldenFoldersTest {
  private static final Path GOLDEN = Path.of("java/test/org/lm4j/golden");

  @TempDir private Path folder;

  /** A line of {@code expected.tsv}. */
  record Golden(
      String folder,
      String trained,
      String applied,
      String number,
      String weights,
      String checkpoint) {
    @Override
    public String toString() {
      return folder;
    }
  }

  static Stream<Golden> folders() throws IOException {
    return Files.readAllLines(GOLDEN.resolve("expected.tsv")).stream()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .map(part -> new Golden(part[0], part[1], part[2], part[3], part[4], part[5]));
  }

  private static String[] words(String command, Path model) {
    List<String> words = new ArrayList<>();
    for (String word : command.split(" ", -1)) {
      words.add(word.replaceFirst("^D/", GOLDEN.resolve("data") + "/"));
    }
    words.addAll(List.of("--model", model.toString(), "--device", "reference"));
    return words.toArray(String[]::new);
  }

  private Path copy(Golden golden) throws IOException {
    Path model = folder.resolve("model");
    DiskFaults.copy(GOLDEN.resolve(golden.folder()), model);
    return model;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void isOpenedAndAppliedWithTheSameResult(Golden golden) throws IOException {
    Path model = copy(golden);
    output("info", model.toString());
    assertThat(output(words(golden.applied(), model))).contains(golden.number());
  }

  @ParameterizedTest
  @MethodSource("folders")
  void isResumedToTheSameBits(Golden golden) throws IOException {
    Path model = copy(golden);
    output(words(golden.trained() + " --resume --epochs 2", model));
    assertThat(hash(model.resolve("model.safetensors"))).isEqualTo(golden.weights());
    assertThat(hash(model.resolve("checkpoint.safetensors"))).isEqualTo(golden.checkpoint());
  }

  /** Two epochs at once are one epoch, resumed for another. */
  @ParameterizedTest
  @MethodSource("folders")
  void isTrainedAnewToTheSameBits(Golden golden) {
    Path model = folder.resolve("anew");
    output(words(golden.trained() + " --epochs 2", model));
    assertThat(hash(model.resolve("model.safetensors"))).isEqualTo(golden.weights());
    assertThat(hash(model.resolve("checkpoint.safetensors"))).isEqualTo(golden.checkpoint());
  }

  @Test
  void aCheckpointOfAnUnknownFormatIsRefused() throws IOException {
    Path model = copy(folders().findFirst().orElseThrow());
    Path checkpoint = model.resolve("checkpoint.safetensors");
    String text = Files.readString(checkpoint, ISO_8859_1);
    Files.writeString(
        checkpoint,
        text.replace("\"lm4j.checkpoint\":\"1\"", "\"lm4j.checkpoint\":\"9\""),
        ISO_8859_1);
    Commands.assertRefused(
        lm("train", "--resume", "--model", model.toString()),
        "checkpoint.safetensors is not a checkpoint of this version of lm4j (format 9)");
  }

  /** Returns the hashes of the tensors of a safetensors file, by name. */
  private static String hash(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int length = Math.toIntExact(bytes.getLong());
      JsonNode header = new ObjectMapper().readTree(new String(bytes.array(), 8, length, UTF_8));
      Map<String, JsonNode> tensors = new TreeMap<>();
      header.properties().forEach(entry -> tensors.put(entry.getKey(), entry.getValue()));
      tensors.remove("__metadata__");
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      tensors.forEach(
          (name, tensor) -> {
            int begin = tensor.get("data_offsets").get(0).asInt();
            int end = tensor.get("data_offsets").get(1).asInt();
            hash.update((name + "\0").getBytes(UTF_8));
            hash.update(bytes.array(), 8 + length + begin, end - begin);
          });
      return HexFormat.of().formatHex(hash.digest());
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
