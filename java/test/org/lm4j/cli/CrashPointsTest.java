package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.DiskFaults;

/**
 * Kills and failing disks while each training command replaces a model: the folder holds the old
 * model or the new one, and {@code --resume} ends with the bits of an undisturbed run.
 */
@Tag("slow")
class CrashPointsTest {
  private static final int EACH = 14; // of the changes of an install, every so many

  @TempDir private static Path data;
  @TempDir private Path root;

  @BeforeAll
  static void writeData() throws IOException {
    String[] words =
        "the a cat dog sat ran on under mat tree and then it was far away".split(" ", -1);
    StringBuilder text = new StringBuilder();
    StringBuilder tags = new StringBuilder();
    StringBuilder classes = new StringBuilder();
    StringBuilder pairs = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      String one = words[i % words.length];
      String other = words[i * 7 % words.length];
      String third = words[i * 3 % words.length];
      text.append(one + " the a ").append(other).append('\n');
      tags.append("%s O\n%s B-X\n%s O\n\n".formatted(one, other, third));
      classes.append(i % 2 == 0 ? "yes\t" : "no\t").append(other).append(' ').append(one + "\n");
      pairs.append(one).append(i).append('\t').append(i).append(one).append('\n');
    }
    Files.writeString(data.resolve("text.txt"), text);
    Files.writeString(data.resolve("tags.conll"), tags);
    Files.writeString(data.resolve("classes.tsv"), classes);
    Files.writeString(data.resolve("pairs.tsv"), pairs);
    ByteBuffer images = ByteBuffer.allocate(16 + 40 * 9).putInt(0x803).putInt(40).putInt(3);
    images.putInt(3);
    ByteBuffer labels = ByteBuffer.allocate(8 + 40).putInt(0x801).putInt(40);
    for (int i = 0; i < 40; i++) {
      labels.put((byte) (i % 10));
      images.put(("" + i + i * 7919 + "123456789").substring(0, 9).getBytes(US_ASCII));
    }
    Files.write(data.resolve("images"), images.array());
    Files.write(data.resolve("labels"), labels.array());
    lm(("scenes --count 20 --output " + data.resolve("scenes")).split(" ", -1));
  }

  private static String command(String kind) {
    String scenes = data.resolve("scenes") + "/";
    String options =
        switch (kind) {
          case "train" ->
              "--corpus DATA/text.txt --layers 1 --batch 4 --bptt 8 --sample 0 --steps 4"
                  + " --validate-every 2";
          case "net train" -> "--images DATA/images --labels DATA/labels";
          case "tag train" -> "--corpus DATA/tags.conll";
          case "classify train" -> "--corpus DATA/classes.tsv";
          case "embed train" -> "--corpus DATA/text.txt --dimension 4";
          case "seq2seq train" -> "--corpus DATA/pairs.tsv --embedding 4";
          case "caption train" ->
              "--features S/train.npz --captions S/train.captions.tsv --valid-features S/valid.npz"
                  + " --valid-captions S/valid.captions.tsv";
          case "vqa train" ->
              "--features S/train.npz --questions S/train.questions.tsv --valid-features"
                  + " S/valid.npz --valid-questions S/valid.questions.tsv";
          default -> throw new IllegalArgumentException(kind);
        };
    return kind
        + (kind.equals("embed train") ? " " : " --hidden 4 ")
        + (kind.equals("train") ? "" : "--epochs 1 ")
        + "--device cpu --threads 1 "
        + options.replace("DATA", data.toString()).replace("S/", scenes);
  }

  private static Commands.Outcome run(String command) {
    return lm(command.split(" ", -1));
  }

  private static void succeed(String command) {
    Commands.Outcome outcome = run(command);
    assertThat(outcome.code()).as(command + "\n" + outcome.err()).isZero();
  }

  /** The weights as a file, and of the checkpoint, which also has times, the tensors. */
  private static String bits(Path model) {
    try {
      byte[] checkpoint = Files.readAllBytes(model.resolve("checkpoint.safetensors"));
      long header = ByteBuffer.wrap(checkpoint).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
      byte[] tensors = Arrays.copyOfRange(checkpoint, 8 + (int) header, checkpoint.length);
      return Arrays.hashCode(Files.readAllBytes(model.resolve("model.safetensors")))
          + " "
          + Arrays.hashCode(tensors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "net train",
        "tag train",
        "classify train",
        "embed train",
        "seq2seq train",
        "caption train",
        "vqa train"
      })
  void theFolderHoldsTheOldModelOrTheNewOne(String kind) throws IOException {
    String command = command(kind);
    Path old = root.resolve("old");
    Path target = root.resolve("target");
    succeed(command + " --seed 1 --model " + old);
    DiskFaults.copy(old, target);
    String oldBits = bits(old);
    List<Path> copies =
        DiskFaults.copies(
            target,
            root,
            (number, what, file) ->
                (what.equals("rename") && file.endsWith(".committed")) || number % EACH == 0,
            () -> succeed(command + " --force --seed 2 --model " + target));
    String newBits = bits(target);
    assertThat(newBits).isNotEqualTo(oldBits);
    Set<String> seen = new HashSet<>();
    for (Path copy : copies) {
      succeed("info " + copy);
      succeed(command + " --resume --model " + copy);
      assertThat(bits(copy)).as(copy.toString()).isIn(oldBits, newBits);
      seen.add(bits(copy));
    }
    assertThat(seen).containsExactlyInAnyOrder(oldBits, newBits);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 25, 49})
  void aDiskThatFailsIsNamedAndTheFolderIsUsable(int number) throws IOException {
    Path target = root.resolve("target");
    succeed(command("train") + " --seed 1 --model " + target);
    DiskFaults.failing(
        target,
        number,
        () -> {
          Commands.Outcome outcome = run(command("train") + " --force --seed 2 --model " + target);
          assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
          assertThat(outcome.err().lines().toList().getLast())
              .startsWith("lm: cannot write " + target)
              .endsWith("Input/output error");
        });
    succeed("info " + target);
    succeed(command("train") + " --resume --model " + target);
  }
}
