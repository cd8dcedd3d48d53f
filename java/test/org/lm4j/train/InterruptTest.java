package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Ctrl-C: the step is finished, everything saved, and the way to continue is printed. */
@Tag("slow")
class InterruptTest {
  private static final long SEED = 3;
  private static final int SIGINT_EXIT_CODE = 130;

  @TempDir private Path folder;

  @Test
  void savesAndResumesBitForBit() throws Exception {
    Need.SHELL.executable("/bin/sh");
    Need.PROGRAMS.check(!interruptIsIgnored(), "SIGINT is ignored, as in a shell's background job");
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), TrainingProcess.text(SEED));
    Path alone = folder.resolve("alone");
    assertThat(TrainingProcess.start(corpus, alone).waitFor()).isZero();

    Path model = folder.resolve("interrupted");
    int code = interrupted(corpus, model);
    for (int more = 0; code == 0 && more < 4; more++) { // it ended before the signal came
      model = folder.resolve("interrupted" + more);
      code = interrupted(corpus, model);
    }
    assertThat(code).isEqualTo(SIGINT_EXIT_CODE);
    String printed = Files.readString(Path.of(model + ".err"));
    assertThat(printed)
        .contains("everything is saved", "lm train --resume --model " + model)
        .doesNotContain("Exception");

    // As the message says, with nothing but the folder; the plan is in the checkpoint.
    assertThat(TrainingProcess.resume(model).waitFor()).isZero();
    assertThat(model.resolve("model.safetensors"))
        .hasSameBinaryContentAs(alone.resolve("model.safetensors"));
  }

  /** Whether this process, and so its children, were started with SIGINT ignored. */
  private static boolean interruptIsIgnored() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("SigIgn:")) { // a mask in hexadecimal; SIGINT is its second bit
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0;
      }
    }
    return false;
  }

  /**
   * Trains until a signal interrupts it. A shell that waits beside it sends the signal: a busy
   * machine delays it less than this JVM.
   *
   * @return the exit code
   */
  private static int interrupted(Path corpus, Path model) throws Exception {
    Process process = TrainingProcess.start(corpus, model);
    String wait = "while kill -0 $1 && [ ! -e \"$0\" ]; do sleep 0.01; done; exec kill -INT $1";
    String log = model.resolve(MetricsLog.FILE).toString();
    new ProcessBuilder("/bin/sh", "-c", wait, log, Long.toString(process.pid()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
