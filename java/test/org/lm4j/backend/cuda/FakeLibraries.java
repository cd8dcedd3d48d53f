package org.lm4j.backend.cuda;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lm4j.Need;

/**
 * The fake C libraries of {@code native/fakes}, made once for all tests of this JVM. Of several
 * JVMs one compiles, and the others wait.
 */
final class FakeLibraries {
  private static boolean tried;
  private static boolean built;

  private FakeLibraries() {}

  /** The folder with their shared libraries. Skips the test where there is no compiler. */
  static synchronized Path folder() throws IOException, InterruptedException {
    Path folder = Path.of("target", "fakes").toAbsolutePath();
    if (!tried) {
      Need.GCC.program("make");
      Need.GCC.program("gcc");
      Need.GCC.program("g++");
      tried = true; // once: what fails now fails for the next test, too
      Path lock = Files.createDirectories(folder).resolve(".lock");
      try (FileChannel channel = FileChannel.open(lock, CREATE, WRITE);
          FileLock held = channel.lock()) {
        assertThat(held.isValid()).isTrue();
        run("make", "-s", "-C", "native", "fakes", "OUT=" + folder);
      }
      built = true;
    }
    assertThat(built).as("the fake libraries were built").isTrue();
    return folder;
  }

  /** Runs a program in the project's folder to its end; the test fails if the program does. */
  static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
    return output;
  }
}
