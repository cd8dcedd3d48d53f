package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.model.ModelFiles;

/** Models kept by amount of text, in a run of 3 steps and 600 words an epoch. */
class MilestonesTest {
  @TempDir private Path folder;
  private final CountingRuns runs = new CountingRuns();

  @AfterEach
  void closeAll() {
    runs.close();
  }

  private void run(CountingTask task, long steps, @Nullable List<Long> saveAt) {
    runs.run(task, steps, new Cadence(0, 1, 100, saveAt), folder);
  }

  private double weight(String name) {
    return CountingRuns.weight(folder.resolve(name));
  }

  private List<String> kept() throws IOException {
    return CountingRuns.folders(folder);
  }

  /** The weight after n steps is -0.25 (1 + … + n). */
  @Test
  void eachIsTheModelAfterItsStep() throws IOException {
    run(new CountingTask(1), 7, List.of(1000L, 200L, 201L, 1400L, 5000L));
    assertThat(kept()).containsExactly("chck_1400", "chck_1k", "chck_200", "chck_201");
    assertThat(weight("chck_200")).isEqualTo(-0.25);
    assertThat(weight("chck_201")).isEqualTo(-0.75);
    assertThat(weight("chck_1k")).isEqualTo(-0.25 * 15);
    assertThat(weight("chck_1400")).isEqualTo(-0.25 * 28);
    assertThat(folder.resolve("chck_1k/manifest.json")).exists();
    assertThat(runs.notes())
        .anyMatch(note -> note.contains("ends before 5,000 words, so there will be no chck_5k"))
        .anyMatch(note -> note.startsWith("4 models will be saved"))
        .anyMatch(note -> note.contains("after 1,000 words (step 5) is in"));
  }

  @Test
  void aRunThatDiesNeitherLosesNorChangesOne() throws IOException {
    CountingTask dies = new CountingTask(1);
    dies.stopBefore = 4; // after 600 words; the checkpoint is of step 0
    List<Long> amounts = List.of(400L, 1200L);
    assertThatThrownBy(() -> run(dies, 7, amounts)).isInstanceOf(IllegalStateException.class);
    assertThat(kept()).containsExactly("chck_400");
    Path weights = folder.resolve("chck_400/" + ModelFiles.WEIGHTS);
    byte[] before = Files.readAllBytes(weights);
    Files.createDirectory(folder.resolve(".chck_1200.preparing")); // what a kill leaves
    run(new CountingTask(1), 7, amounts);
    assertThat(kept()).containsExactly("chck_1200", "chck_400");
    assertThat(weights).hasBinaryContent(before);
    assertThat(weight("chck_1200")).isEqualTo(-0.25 * 21);
  }

  @Test
  void whatIsAskedForTooLateIsReported() throws IOException {
    run(new CountingTask(1), 4, null);
    run(new CountingTask(1), 7, List.of(200L, 1000L));
    assertThat(kept()).containsExactly("chck_1k");
    assertThat(runs.notes())
        .anyMatch(note -> note.contains("past 200 words, so there will be no chck_200"));
  }

  @Test
  void thePlanKeepsThem() {
    run(new CountingTask(1), 2, List.of(5000L));
    assertThat(Run.planOf(folder).cadence().saveAt()).containsExactly(5000L);
  }

  @Test
  void aTaskWithoutWordsHasNone() {
    CountingTask task = new CountingTask(1);
    task.words = 0;
    assertThatThrownBy(() -> run(task, 7, List.of(10L)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("amount of text");
  }

  @Test
  void onlyModelsOfThatNameAreRemoved() throws IOException {
    run(new CountingTask(1), 3, List.of(200L));
    Files.writeString(folder.resolve("chck_200/config.json"), "{}");
    Files.createDirectories(folder.resolve("chck_5M")); // not a model
    Files.createDirectories(folder.resolve("chck_mine"));
    Milestones.removeAll(folder);
    assertThat(kept()).containsExactly("chck_5M", "chck_mine");
  }

  @ParameterizedTest
  @CsvSource({
    "7M, 7000000, chck_7M",
    "500, 500, chck_500",
    "1.5m, 1500000, chck_1500k",
    "20k, 20000, chck_20k",
    "2G, 2000000000, chck_2000M"
  })
  void amountsAreRead(String text, long words, String name) {
    assertThat(Milestones.amount(text)).isEqualTo(words);
    assertThat(Milestones.name(words)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5", "M", "1e6", "99999999999G", "1 M"})
  void whatIsNoAmountIsRefused(String text) {
    assertThatThrownBy(() -> Milestones.amount(text)).isInstanceOf(InputException.class);
  }
}
