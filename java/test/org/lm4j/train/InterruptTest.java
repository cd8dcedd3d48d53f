package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Ctrl-C: the step is finished, everything saved, and the way to go on is told. */
class InterruptTest {
  private static final long SEED = 3;
  private static final int SIGINT_EXIT_CODE = 130;

  @TempDir private Path folder;

  @Test
  void savesAndGoesOnToTheSameBits() throws Exception {
    Need.PROGRAMS.executable("/bin/kill");
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), TrainingProcess.text(SEED));
    Path alone = folder.resolve("alone");
    assertThat(TrainingProcess.start(corpus, alone).waitFor()).isZero();

    Path model = folder.resolve("interrupted");
    Process process = TrainingProcess.start(corpus, model);
    while (process.isAlive() && !Files.exists(model.resolve(MetricsLog.FILE))) {
      Thread.sleep(20);
    }
    new ProcessBuilder("/bin/kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(SIGINT_EXIT_CODE);
    String told = Files.readString(Path.of(model + ".err"));
    assertThat(told)
        .contains("everything is saved", "lm train --resume --model " + model)
        .doesNotContain("Exception");

    // As it was told: nothing but the folder; the plan is in the checkpoint.
    assertThat(TrainingProcess.resume(model).waitFor()).isZero();
    assertThat(model.resolve("model.safetensors"))
        .hasSameBinaryContentAs(alone.resolve("model.safetensors"));
  }
}
