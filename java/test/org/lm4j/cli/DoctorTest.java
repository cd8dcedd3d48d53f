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
  void tellsWhatTheGpuBackendNeeds() {
    assertThat(Commands.output("doctor"))
        .containsPattern("(?m)^CUDA driver +(ok|-) +\\S")
        .containsPattern("(?m)^cuDNN +(ok|-) +\\S");
  }

  /** A GPU is not needed: whatever is wrong there, nothing is broken. */
  @Test
  void aFolderThatIsNoneIsTold() {
    System.setProperty("lm4j.cuda.libs", folder.resolve("none").toString());
    assertThat(Commands.output("doctor"))
        .containsPattern("(?m)^CUDA +- +lm4j.cuda.libs or LM4J_CUDA_LIBS names .*none, which is no")
        .doesNotContain("BROKEN");
  }
}
