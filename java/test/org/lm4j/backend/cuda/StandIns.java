package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The C stand-ins of {@code native/standin}, compiled once for all tests of this JVM. */
final class StandIns {
  private static boolean built;

  private StandIns() {}

  /** The folder with their shared libraries. Skips the test where there is no compiler. */
  static synchronized Path folder() throws IOException, InterruptedException {
    Path folder = Path.of("target", "standin").toAbsolutePath();
    if (!built) {
      assumeProgram("make");
      assumeProgram("gcc");
      assumeProgram("g++");
      run("make", "-s", "-C", "native", "standin", "OUT=" + folder);
      built = true;
    }
    return folder;
  }

  /** Skips the test where a program is not on the path. */
  static void assumeProgram(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    boolean found =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    assumeTrue(found, name + " is not installed");
  }

  /** Runs a program in the project's folder to its end; the test fails if the program does. */
  static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + output).isZero();
    return output;
  }
}
