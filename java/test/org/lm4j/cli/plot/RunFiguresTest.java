package org.lm4j.cli.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.FileGroup;
import org.lm4j.model.ModelFiles;

/** Tests the figures of a run that its page shows in large type. */
class RunFiguresTest {
  @TempDir private Path folder;

  private String page(Path run) {
    return new TrainingPage(LoggedRun.read(List.of(run)), LoggedRun.Progress.STEP).html(null);
  }

  private Path log(String... lines) throws IOException {
    return Files.writeString(folder.resolve("run.jsonl"), String.join("\n", lines) + "\n");
  }

  @Test
  void theHighestAccuracyIsThatOfAllFiniteOnes() throws IOException {
    Path log =
        log(
            "{\"step\": 1, \"epoch\": 1, \"validation_loss\": 2, \"validation_accuracy\": 0.75}",
            "{\"step\": 2, \"epoch\": 2, \"validation_loss\": 1, \"validation_accuracy\": null}",
            "{\"step\": 3, \"epoch\": 3, \"validation_loss\": null, \"validation_accuracy\": 0.5}");
    assertThat(page(log))
        .contains(">0.7500<", ">in epoch 1<", ">best, in epoch 2<", ">3 epochs<")
        .doesNotContain("best and last");
  }

  @Test
  void oneEpochIsNotSeveral() throws IOException {
    assertThat(page(log("{\"step\": 9, \"epoch\": 1, \"loss\": 2}")))
        .contains(">1 epoch<")
        .doesNotContain("1 epochs");
    assertThat(page(log("{\"step\": 9, \"loss\": 2}"))).doesNotContain("– epochs");
  }

  /** As a process leaves it that is killed after it has committed the files of a new model. */
  @Test
  void aLogThatIsNotInItsPlaceYetIsDrawn() throws IOException {
    Path log = log("{\"step\": 9, \"epoch\": 1, \"loss\": 2}");
    try (FileGroup.Change change = ModelFiles.group(folder).change()) {
      Files.copy(log, change.path().resolve(ModelFiles.LOG));
      change.commitAll();
    }
    Path committed = Files.createDirectory(folder.resolve(".committed"));
    for (String name : List.of(ModelFiles.LOG, "manifest.json")) {
      Files.move(folder.resolve(name), committed.resolve(name));
    }
    assertThat(page(folder)).contains(">1 epoch<");
  }
}
