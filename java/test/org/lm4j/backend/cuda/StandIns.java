package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lm4j.Need;

/** The C stand-ins of {@code native/standin}, compiled once for all tests of this JVM. */
final class StandIns {
  private static boolean tried;
  private static boolean built;

  private StandIns() {}

  /** The folder with their shared libraries. Skips the test where there is no compiler. */
  static synchronized Path folder() throws IOException, InterruptedException {
    Path folder = Path.of("target", "standin").toAbsolutePath();
    if (!tried) {
      Need.GCC.program("make");
      Need.GCC.program("gcc");
      Need.GCC.program("g++");
      tried = true; // once: what fails now fails for the next test, too
      run("make", "-s", "-C", "native", "standin", "OUT=" + folder);
      built = true;
    }
    assertThat(built).as("the stand-ins were built").isTrue();
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
