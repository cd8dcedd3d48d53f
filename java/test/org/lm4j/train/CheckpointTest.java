package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.io.FileSum;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;
import org.lm4j.tensor.Tensor;

class CheckpointTest {
  private static final UpdateRule ADAM = new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false);
  private static final TrainingProgress PROGRESS =
      new TrainingProgress(2, 1.5, "data", List.of(3.0, 2.0), 0.25, 7, "held out", null);
  private static final RunPlan PLAN =
      new RunPlan(
          new Recipe(
              4,
              20,
              new Recipe.OptimizerChoice("adam", 0.125, 0.9, 0),
              new Recipe.ScheduleChoice("cosine", 0.5, 1, 2, 3, 4),
              new Recipe.ClipChoice(5, 0),
              -9),
          new RunLength(2.5, null, 60.0),
          new Cadence(7, 2, 9),
          null);

  @TempDir private Path folder;

  private static Optimizer optimizer(CountingTask task, UpdateRule rule) {
    return new Optimizer(task.backend(), task.parameters(), rule, Clipping.NONE);
  }

  /** A run after two steps, as it is in memory. */
  private static void train(CountingTask task, Optimizer optimizer) {
    Tensor loss = task.backend().allocate(1);
    for (int step = 0; step < 2; step++) {
      task.prepared.add((long) step);
      task.compute(loss);
      optimizer.step(0.125);
      task.advance();
    }
    loss.storage().close();
  }

  private void save(@Nullable FileSum weights) {
    try (CountingTask task = new CountingTask(1);
        Optimizer optimizer = optimizer(task, ADAM)) {
      train(task, optimizer);
      Checkpoint.save(folder, task, optimizer, PLAN, new Checkpoint.Saved(PROGRESS, weights));
    }
  }

  private void assertRefused(CountingTask task, UpdateRule rule, String says) {
    try (task;
        Optimizer optimizer = optimizer(task, rule)) {
      assertThatThrownBy(() -> new Checkpoint(folder).restore(task, optimizer))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(folder.resolve(Checkpoint.FILE).toString())
          .hasMessageContaining(says);
    }
  }

  @Test
  void aRunComesBackAsItWasSaved() throws Exception {
    Path weights = Files.writeString(folder.resolve("weights"), "some");
    save(FileSum.of(weights));
    Checkpoint checkpoint = new Checkpoint(folder);
    assertThat(checkpoint.exists()).isTrue();
    assertThat(checkpoint.plan()).isEqualTo(PLAN);
    assertThat(checkpoint.progress()).isEqualTo(PROGRESS);
    try (CountingTask same = new CountingTask(1);
        Optimizer trained = optimizer(same, ADAM);
        CountingTask task = new CountingTask(1);
        Optimizer optimizer = optimizer(task, ADAM)) {
      train(same, trained);
      Checkpoint.Saved saved = checkpoint.restore(task, optimizer);
      assertThat(saved.progress()).isEqualTo(PROGRESS);
      assertThat(saved.weights()).isEqualTo(FileSum.of(weights));
      assertThat(task.weight()).isNotZero().isEqualTo(same.weight());
      assertThat(Objects.requireNonNull(task.carried().get("state")).get(0)).isEqualTo(3);
      assertThat(optimizer.steps()).isEqualTo(2);
      for (int i = 0; i < ADAM.moments(); i++) {
        double[] moment = optimizer.moments().get(i).toArray();
        assertThat(moment).isEqualTo(trained.moments().get(i).toArray());
        assertThat(Arrays.stream(moment).sum()).isNotZero();
      }
    }
  }

  @Test
  void aRunWithoutItsOwnWeightsHasNone() {
    save(null);
    try (CountingTask task = new CountingTask(1);
        Optimizer optimizer = optimizer(task, ADAM)) {
      assertThat(new Checkpoint(folder).restore(task, optimizer).weights()).isNull();
    }
  }

  @Test
  void aCheckpointOfAnotherModelIsRefused() {
    save(null);
    assertRefused(new CountingTask(2), ADAM, "does not fit this model: it should hold model.w");
  }

  @Test
  void aCheckpointOfAnotherOptimizerIsRefused() {
    try (CountingTask task = new CountingTask(1);
        Optimizer sgd = optimizer(task, new UpdateRule.Sgd(0, false, 0))) {
      Checkpoint.save(folder, task, sgd, PLAN, new Checkpoint.Saved(PROGRESS, null));
    }
    assertRefused(new CountingTask(1), ADAM, "it should hold optimizer.0.w");
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    try (CountingTask task = new CountingTask(1);
        Optimizer optimizer = optimizer(task, ADAM)) {
      task.parameters().get("w").value().set(0, Double.NaN);
      Checkpoint.save(folder, task, optimizer, PLAN, new Checkpoint.Saved(PROGRESS, null));
    }
    assertRefused(new CountingTask(1), ADAM, "model.w");
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    save(null);
    Path file = folder.resolve(Checkpoint.FILE);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 8));
    assertRefused(new CountingTask(1), ADAM, "");
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    Files.write(
        file, text.replace("\"progress\"", "\"progresz\"").getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(new CountingTask(1), ADAM, "is not a checkpoint of this version of lm4j");
  }

  @Test
  void aFolderWithoutACheckpointHasNone() {
    assertThat(new Checkpoint(folder).exists()).isFalse();
  }
}
