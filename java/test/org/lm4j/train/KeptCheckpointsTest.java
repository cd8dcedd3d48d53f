package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.train.CountingRuns.folders;
import static org.lm4j.train.CountingRuns.weight;
import static org.lm4j.train.CountingRuns.weightAfter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.io.DiskFaults;
import org.lm4j.io.NewFolder;
import org.lm4j.model.ModelFiles;
import org.lm4j.train.log.MetricsHistory;

/** The checkpoints of the last validations, on a task whose every number is known. */
class KeptCheckpointsTest {
  /** The losses of validations after 3, 6, 9, 12, … steps. */
  private static final Double[] LOSSES = {2.0, 1.0, 1.5, 1.2, 0.5, 0.7};

  @TempDir private Path root;
  private Path folder;
  private final CountingRuns runs = new CountingRuns();

  @BeforeEach
  void makeModelFolder() throws IOException {
    folder = Files.createDirectory(root.resolve("model"));
  }

  @AfterEach
  void close() {
    runs.close();
  }

  private void run(Path in, CountingTask task, long steps, @Nullable Integer keep) {
    runs.run(task, steps, new Cadence(0, 1, 100).keeping(keep), in);
  }

  @Test
  void theLastFewAreKeptWithTheirOwnWeights() throws IOException {
    run(folder, new CountingTask(1, LOSSES), 13, 2);
    assertThat(folders(folder)).containsExactly("checkpoint-12", "checkpoint-13");
    assertThat(weight(folder)).as("the best, of step 13").isEqualTo(weightAfter(13));
    assertThat(weight(folder.resolve("checkpoint-12"))).isEqualTo(weightAfter(12));
    assertThat(weight(folder.resolve("checkpoint-13"))).isEqualTo(weightAfter(13));
    Path kept = folder.resolve("checkpoint-12");
    assertThat(new Checkpoint(kept).progress().step()).isEqualTo(12);
    assertThat(new Checkpoint(kept).progress().validationLosses())
        .containsExactly(2.0, 1.0, 1.5, 1.2);
    assertThat(MetricsHistory.read(kept).last("validation_loss")).hasValue(1.2);
    assertThat(MetricsHistory.read(folder).last("validation_loss")).hasValue(0.5);
    assertThat(runs.notes())
        .containsExactly(
            "the checkpoints of the last 2 validations will be kept, which takes 32 bytes on disk");
  }

  @Test
  void oneIsTrainedFurtherLikeAnyRunAndThenStays() throws IOException {
    run(folder, new CountingTask(1, LOSSES), 12, 2);
    assertThat(weight(folder)).as("the best, of step 6").isEqualTo(weightAfter(6));
    Path kept = folder.resolve("checkpoint-9");
    Files.writeString(kept.resolve(FolderLock.FILE), "1\n"); // as lm train does
    run(kept, new CountingTask(1, LOSSES), 12, null);
    assertThat(weight(kept))
        .as("1.2 is better than 1.5; 1.0 is not here")
        .isEqualTo(weightAfter(12));
    assertThat(new Checkpoint(kept).progress().validationLosses())
        .containsExactly(2.0, 1.0, 1.5, 1.2);
    run(folder, new CountingTask(1, LOSSES), 18, 1);
    assertThat(folders(folder)).containsExactly("checkpoint-18", "checkpoint-9");
    assertThat(weight(kept)).isEqualTo(weightAfter(12));
    KeptCheckpoints.removeAll(folder);
    assertThat(folders(folder)).containsExactly("checkpoint-9");
  }

  @Test
  void aKillAtAnyMomentLeavesWholeOnesAndMissesNone() throws IOException {
    run(folder, new CountingTask(1, LOSSES), 6, 2);
    List<Path> copies =
        DiskFaults.copies(
            folder,
            Files.createDirectory(root.resolve("copies")),
            (number, what, file) -> true,
            () -> run(folder, new CountingTask(1, LOSSES), 9, 2));
    assertThat(folders(folder)).containsExactly("checkpoint-6", "checkpoint-9");
    assertThat(copies).hasSizeGreaterThan(30);
    for (Path copy : copies) {
      for (String name : folders(copy)) {
        if (name.startsWith("checkpoint-")) {
          int step = Integer.parseInt(name.substring("checkpoint-".length()));
          assertThat(weight(copy.resolve(name)))
              .as("%s/%s", copy, name)
              .isEqualTo(weightAfter(step));
          assertThat(new Checkpoint(copy.resolve(name)).progress().step()).isEqualTo(step);
        }
      }
      ModelFiles.group(copy).recover();
      NewFolder.removeLeftovers(copy);
      run(copy, new CountingTask(1, LOSSES), 9, 2);
      assertThat(folders(copy)).as("%s", copy).containsExactly("checkpoint-6", "checkpoint-9");
      assertThat(weight(copy.resolve("checkpoint-9"))).isEqualTo(weightAfter(9));
    }
  }

  @Test
  void withoutHeldOutDataNothingCanBeKept() {
    CountingTask task = new CountingTask(1);
    assertThatThrownBy(() -> run(folder, task, 3, 2))
        .isInstanceOf(InputException.class)
        .hasMessage("keep needs held-out data, and there are none.");
  }
}
