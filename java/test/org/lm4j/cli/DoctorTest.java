package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  @AfterEach
  void forget() {
    System.clearProperty("lm4j.cuda.libs");
  }

  @Test
  void reportsWhatTheGpuBackendNeeds() {
    assertThat(Commands.output("doctor"))
        .containsPattern("(?m)^CUDA driver +(ok|-) +\\S")
        .containsPattern("(?m)^cuDNN +(ok|-) +\\S");
  }

  @Test
  void reportsWhatMultipliesMatricesAndHowFast() {
    assertThat(Commands.output("doctor"))
        .containsPattern("(?m)^machine code +(ok +matrix products in float32, |- +\\S)")
        .containsPattern("(?m)^--device auto +ok +\\S.*(matrix multiplication: |cuda)")
        .containsPattern("(?m)^OpenBLAS +ok .*OpenBLAS 0\\.\\d+.* kernels \\w+")
        .containsPattern("(?m)^recurrent step .*OpenBLAS \\d+ GFLOP/s; computed by Java$")
        .containsPattern("(?m)^projection .*; computed by (Java|OpenBLAS)$")
        .containsPattern("(?m)^output layer .*; computed by (Java|OpenBLAS)$")
        .containsPattern("(?m)^gradient .*; computed by (Java|OpenBLAS)$");
  }

  @Test
  void measuresWhatBoundsAModelOnThisCpu() {
    assertThat(Commands.output("doctor", "--speed", "--threads", "2"))
        .containsPattern(
            "(?m)^1 thread: +products [1-9]\\S* GFLOP/s in fp32, (\\S+ GFLOP|no instr)")
        .containsPattern("(?m)^2 threads: +products [1-9]\\S* GFLOP/s in fp32, ")
        .containsPattern("LSTM \\d+\\.\\d\\d and \\d+\\.\\d\\d ns, GRU .* ns, tanh .* ns")
        .containsPattern("(?m)memory read, GB/s, .*: 32 KiB [1-9]\\S*, .*, 1 MiB .*, 32 MiB [1-9]");
    assertThat(Commands.output("doctor", "--speed", "--threads", "1", "--json"))
        .containsPattern(
            "^\\{\"speeds\":\\[\\{\"threads\":1,\"float32\":\\d+\\.\\d+,\"bf16\":[\\dn]")
        .contains("\"LSTM\":", "\"LSTM_TRAINING\":", "\"GRU\":", "\"RNN_TRAINING\":")
        .containsPattern("\"reading\":\\[\\{\"bytes\":32768,\"rate\":[1-9]")
        .doesNotContain("\"threads\":2");
  }

  @Test
  void threadsAreThoseOfTheSpeed() {
    Commands.assertRefused(Commands.lm("doctor", "--threads", "2"), "--threads is for --speed");
  }

  /** A GPU is not needed: whatever is wrong there, nothing is broken. */
  @Test
  void aPathThatIsNotAFolderIsReported() {
    System.setProperty("lm4j.cuda.libs", folder.resolve("none").toString());
    assertThat(Commands.output("doctor"))
        .containsPattern("(?m)^CUDA +- +lm4j.cuda.libs or LM4J_CUDA_LIBS names .*none, which is no")
        .doesNotContain("BROKEN");
  }
}
