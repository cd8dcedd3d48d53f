package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;

/** Which models a process holds, and when it closes them. */
class HeldModelsTest {
  private static final List<String> TEXTS = List.of("w1 w2 w3", "", "w4 zzz w5", "w1 ".repeat(70));
  private static final ExecutorSettings SETTINGS = new ExecutorSettings("cpu", 1, null);

  @TempDir private static Path folder;
  private static Path first;
  private static Path second;

  @BeforeAll
  static void makeModels() {
    first = folder.resolve("first");
    second = folder.resolve("second");
    Cluster.trainWords(first, 3);
    Cluster.trainWords(second, 4);
  }

  @AfterEach
  void closeAll() {
    HeldModels.closeAll();
    assertThat(HeldModels.count()).isZero();
  }

  private static List<Double> scores(HeldModels.Lease lease) {
    return LineSettings.DEFAULT.score(lease.model(), TEXTS).stream().map(LineScore::bits).toList();
  }

  private static List<Double> alone(Path path, @Nullable Precision precision) {
    BackendOptions options = new BackendOptions(2, precision, BlasChoice.JAVA);
    try (LanguageModel loaded = LanguageModel.load(path, options);
        Stream<LineScore> all =
            loaded.score(TEXTS.stream(), LineScoring.of(loaded.segmentation()))) {
      return all.map(LineScore::bits).toList();
    }
  }

  private static Path copied(Path from, String name) throws IOException {
    Path to = Files.createDirectories(folder.resolve(name));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(to.resolve(file.getFileName()));
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  @Test
  void tasksShareAModel() {
    try (HeldModels.Lease one = HeldModels.take(SharedModel.at(first.toString()), SETTINGS);
        HeldModels.Lease two = HeldModels.take(SharedModel.at(first + "/."), SETTINGS)) {
      assertThat(two.model()).isSameAs(one.model());
      assertThat(scores(one)).isEqualTo(alone(first, null));
    }
    assertThat(HeldModels.count()).isEqualTo(1); // for the next task
  }

  @Test
  void aFolderThatChangesIsAnotherModel() throws IOException {
    SharedModel shared = SharedModel.at(copied(first, "changing").toString());
    HeldModels.Lease before = HeldModels.take(shared, SETTINGS);
    scores(before);
    copied(second, "changing");
    try (HeldModels.Lease after = HeldModels.take(shared, SETTINGS)) {
      assertThat(scores(after)).isEqualTo(alone(second, null));
      assertThat(scores(before)).isEqualTo(alone(first, null)); // a task that began before
      assertThat(HeldModels.count()).isEqualTo(2);
      before.close();
      assertThat(HeldModels.count()).isEqualTo(1);
    }
  }

  @Test
  void aModelOfAnotherPrecisionIsAnotherModel() {
    SharedModel shared = SharedModel.at(first.toString());
    try (HeldModels.Lease lease = HeldModels.take(shared, SETTINGS)) {
      scores(lease);
    }
    ExecutorSettings coarse = new ExecutorSettings("cpu", 1, Precision.BF16);
    try (HeldModels.Lease lease = HeldModels.take(shared, coarse)) {
      assertThat(scores(lease))
          .isEqualTo(alone(first, Precision.BF16))
          .isNotEqualTo(alone(first, null));
      assertThat(HeldModels.count()).isEqualTo(1);
    }
  }

  @Test
  void fewModelsAreKeptForLater() throws IOException {
    List<HeldModels.Lease> leases = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      leases.add(HeldModels.take(SharedModel.at(copied(first, "copy" + i).toString()), SETTINGS));
    }
    assertThat(HeldModels.count()).isEqualTo(7);
    leases.forEach(HeldModels.Lease::close);
    assertThat(HeldModels.count()).isEqualTo(4);
    try (HeldModels.Lease used =
        HeldModels.take(SharedModel.at(folder.resolve("copy6").toString()), SETTINGS)) {
      HeldModels.closeAll();
      assertThat(HeldModels.count()).isEqualTo(1);
      assertThat(scores(used)).isEqualTo(alone(first, null));
    }
  }
}
