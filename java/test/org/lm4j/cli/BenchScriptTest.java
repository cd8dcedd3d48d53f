package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tests of {@code scripts/bench}, which are in its own language. */
@Timeout(180)
class BenchScriptTest {
  @Test
  void whateverFailsOrHangsLeavesAWholeTableAndAWholeFile() throws Exception {
    String path = System.getenv().getOrDefault("PATH", "");
    boolean python =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
    assumeTrue(python, "python3 is not installed");
    Process process =
        new ProcessBuilder(
                "python3", "-B", "-m", "unittest", "discover", "-s", "scripts/benchmark/tests")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).containsPattern("Ran \\d+ tests").contains("OK");
  }
}
