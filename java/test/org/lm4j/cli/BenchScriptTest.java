package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lm4j.Need;

/** The tests of {@code scripts/bench}, which are in its own language. */
@Timeout(180)
@Tag("slow")
class BenchScriptTest {
  @Test
  void whateverFailsOrHangsLeavesAWholeTableAndAWholeFile() throws Exception {
    Need.PYTHON.program("python3");
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
