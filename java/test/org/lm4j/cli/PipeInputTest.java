package org.lm4j.cli;

import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What can be read only once is refused where more is needed: a second look at a pipe would wait
 * forever, and a device has no size.
 */
@EnabledOnOs(OS.LINUX)
class PipeInputTest {
  private static final Path DEVICE = Path.of("/dev/null");
  private static final String GOLDEN = "java/test/org/lm4j/golden/";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net eval --images X --labels D/labels.idx1 --model G/net",
        "net eval --images D/images.idx3 --labels X --model G/net",
        "net eval --cifar X --model G/net",
        "embed nearest --vectors X cat",
        "caption eval --features X.npy --captions D/captions.tsv --names D/names.txt --model"
            + " G/caption",
        "caption eval --features X.npz --captions D/captions.tsv --model G/caption",
        "caption eval --features X.safetensors --captions D/captions.tsv --model G/caption",
        "compare G/lm G/../2026-11-21/lm --corpus X",
      })
  void isRefused(String command) throws IOException {
    for (String ending : new String[] {"", ".npy", ".npz", ".safetensors"}) {
      Files.createSymbolicLink(folder.resolve("X" + ending), DEVICE);
    }
    String line =
        command
            .replace("D/", GOLDEN + "data/")
            .replace("G/", GOLDEN + "2026-11-30/")
            .replace(" X", " " + folder + "/X");
    assertRefused(
        lm((line + " --device reference").split(" ", -1)), folder + "/X", "is a pipe or a device");
  }
}
