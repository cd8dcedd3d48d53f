package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run killed at any moments and resumed each time ends with the bytes of one left alone. */
@Tag("slow")
class KillAndResumeTest {
  private static final int KILLS = 20;
  private static final long SEED = 7;

  @TempDir private Path folder;

  @Test
  void endsWithTheSameBytesAfterTwentyKills() throws Exception {
    Path corpus = folder.resolve("corpus.txt");
    Files.writeString(corpus, TrainingProcess.text(SEED));
    Path alone = folder.resolve("alone");
    long begun = System.nanoTime();
    assertThat(TrainingProcess.start(corpus, alone).waitFor()).isZero();
    long whole = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    // Some runs die before they have begun, and all kills together fall short of the end.
    long longest = 300 + whole / 8;

    Path killed = folder.resolve("killed");
    Random random = new Random(SEED);
    int kills = 0;
    while (kills < KILLS) {
      Process process = TrainingProcess.start(corpus, killed);
      boolean ended = process.waitFor(random.nextLong(longest) + 1, TimeUnit.MILLISECONDS);
      if (ended) {
        assertThat(process.exitValue()).as("seed %d: resumed run", SEED).isZero();
        break; // it came to its end between two kills
      }
      process.destroyForcibly().waitFor();
      kills++;
    }
    assertThat(kills).as("kills before the run was over, seed %d", SEED).isEqualTo(KILLS);
    assertThat(TrainingProcess.start(corpus, killed).waitFor()).isZero();

    for (String file : List.of("model.safetensors", "vocab.json", "config.json")) {
      assertThat(killed.resolve(file)).hasSameBinaryContentAs(alone.resolve(file));
    }
    assertThat(losses(killed)).isEqualTo(losses(alone));
  }

  /** The log without what depends on the clock. */
  private static List<String> losses(Path model) throws IOException {
    return Files.readAllLines(model.resolve(MetricsLog.FILE)).stream()
        .map(line -> line.replaceAll("\"(seconds|tokens_per_second)\":[^,}]*", ""))
        .map(line -> line.replaceAll(",+", ",").replace(",}", "}"))
        .toList();
  }
}
