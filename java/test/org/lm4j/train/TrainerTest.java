package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.train.CountingRuns.CONSTANT;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;

/** The training loop on a task whose every number is known. */
class TrainerTest {
  private static final Recipe.ScheduleChoice HALVING =
      new Recipe.ScheduleChoice("step", 0.5, 1, 1, 0, 0);
  private static final Recipe.ScheduleChoice PLATEAU =
      new Recipe.ScheduleChoice("plateau", 0.5, 1, 0, 0, 0);

  @TempDir private Path folder;
  private final Heard heard = new Heard();
  private final CountingRuns runs = new CountingRuns();

  private static final class Heard implements TrainingListener {
    final List<StepReport> steps = new ArrayList<>();
    final List<ValidationReport> validations = new ArrayList<>();
    @Nullable Trainer stopped;
    long stopAfter = Long.MAX_VALUE;

    @Override
    public void step(StepReport report) {
      steps.add(report);
      if (report.step() == stopAfter && stopped != null) {
        stopped.requestStop();
      }
    }

    @Override
    public void validation(ValidationReport report) {
      validations.add(report);
    }
  }

  @BeforeEach
  void makeModelFolder() throws Exception {
    folder = Files.createDirectory(folder.resolve("model"));
  }

  @AfterEach
  void close() {
    runs.close();
  }

  private static RunPlan plan(long steps, Recipe.ScheduleChoice schedule, long validationSteps) {
    return CountingRuns.plan(steps, schedule, new Cadence(validationSteps, 1, 2));
  }

  private boolean run(CountingTask task, RunPlan plan, boolean resumed) {
    Trainer trainer = runs.open(task, plan, folder);
    if (resumed) {
      trainer.resume();
    }
    heard.stopped = trainer;
    return CountingRuns.train(trainer, task, folder, heard);
  }

  private double keptWeight() {
    return CountingRuns.weight(folder);
  }

  private TrainingProgress saved() {
    return new Checkpoint(folder).progress();
  }

  @Test
  void stepsFollowTheScheduleAndAreReportedInOrder() {
    CountingTask task = new CountingTask(1);
    assertThat(run(task, plan(7, HALVING, 0), false)).isTrue();
    assertThat(task.prepared).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L);
    // -0.25 (1 + 2 + 3) - 0.125 (4 + 5 + 6) - 0.0625 · 7
    assertThat(task.weight()).isEqualTo(-3.8125);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::step)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::learningRate)
        .containsExactly(0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::loss)
        .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::gradientNorm)
        .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
    assertThat(heard.steps).allMatch(report -> report.tokens() == 2);
    assertThat(heard.steps.get(3).epoch()).isCloseTo(4 / 3.0, within(1e-15));
    assertThat(heard.steps.get(3).fraction()).isCloseTo(4 / 7.0, within(1e-15));
    assertThat(heard.validations).isEmpty();
    assertThat(keptWeight()).as("without validations the last weights").isEqualTo(-3.8125);
    assertThat(saved().step()).isEqualTo(7);
  }

  @Test
  void theWeightsOfTheBestValidationAreKept() {
    CountingTask task = new CountingTask(1, 2.0, 1.0, 1.5);
    assertThat(run(task, plan(8, CONSTANT, 0), false)).isTrue();
    assertThat(heard.validations)
        .extracting(TrainingListener.ValidationReport::step)
        .as("after each epoch and at the end")
        .containsExactly(3L, 6L, 8L);
    assertThat(heard.validations)
        .extracting(TrainingListener.ValidationReport::best)
        .containsExactly(true, true, false);
    assertThat(heard.validations).allMatch(report -> report.tokens() == 10);
    assertThat(task.weight()).isEqualTo(-0.25 * 36);
    assertThat(keptWeight()).as("after step 6").isEqualTo(-0.25 * 21);
    assertThat(saved().validationLosses()).containsExactly(2.0, 1.0, 1.5);
  }

  @Test
  void aRunEndsEarlyWhereValidationsNoLongerImprove() {
    Double[] losses = {2.0, 1.0, 1.5, 1.0, 0.5, 0.7, 0.8};
    RunPlan whole = plan(21, CONSTANT, 0);
    Cadence two = new Cadence(0, 1, 2).stoppingAfter(2);
    RunPlan early = new RunPlan(whole.recipe(), whole.length(), two, null);
    CountingTask dying = new CountingTask(1, losses);
    dying.stopBefore = 10;
    assertThatThrownBy(() -> run(dying, early, false)).isInstanceOf(RuntimeException.class);
    CountingTask task = new CountingTask(1, losses);
    task.validations = 3;
    assertThat(run(task, early, true)).isTrue();
    assertThat(saved().step()).as("1.0 again is not better").isEqualTo(12);
    assertThat(saved().validationLosses()).containsExactly(2.0, 1.0, 1.5, 1.0);
    assertThat(keptWeight()).as("after step 6").isEqualTo(-0.25 * 21);
    assertThat(new Checkpoint(folder).plan()).isEqualTo(early);
    CountingTask idle = new CountingTask(1, losses);
    assertThat(run(idle, early, true)).isTrue();
    assertThat(idle.prepared).isEmpty();
    CountingTask further = new CountingTask(1, losses);
    further.validations = 4;
    assertThat(run(further, whole, true)).isTrue();
    assertThat(saved().step()).isEqualTo(21);
    assertThat(further.weight()).as("as if it had not ended").isEqualTo(-0.25 * 231);
    assertThatThrownBy(() -> run(new CountingTask(1), early, false))
        .isInstanceOf(InputException.class)
        .hasMessage("stopAfter needs held-out data, and there are none.");
  }

  @Test
  void validationsMayComeAtOtherSteps() {
    run(new CountingTask(1, 4.0, 3.0, 2.0), plan(5, CONSTANT, 2), false);
    assertThat(heard.validations)
        .extracting(TrainingListener.ValidationReport::step)
        .containsExactly(2L, 4L, 5L);
  }

  @Test
  void aValidationAtTheEndIsMadeOnce() {
    run(new CountingTask(1, 4.0, 3.0), plan(6, CONSTANT, 0), false);
    assertThat(heard.validations).hasSize(2);
  }

  @Test
  void validationLossesSteerThePlateauSchedule() {
    run(new CountingTask(1, 2.0, 2.5, 1.0), plan(9, PLATEAU, 0), false);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::learningRate)
        .containsExactly(0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125);
  }

  @Test
  void aRunThatDiedContinuesFromItsCheckpoint() {
    CountingTask dying = new CountingTask(1, 2.0, 1.0, 1.5);
    dying.stopBefore = 5;
    assertThatThrownBy(() -> run(dying, plan(8, HALVING, 0), false))
        .hasMessage("stopped before step 5");
    assertThat(saved().step()).as("a checkpoint every 2 steps").isEqualTo(4);

    heard.steps.clear();
    CountingTask task = new CountingTask(1, 1.0, 1.5);
    assertThat(run(task, plan(8, HALVING, 0), true)).isTrue();
    assertThat(task.prepared).containsExactly(4L, 5L, 6L, 7L);
    assertThat(heard.steps)
        .extracting(TrainingListener.StepReport::loss)
        .as("what is carried is restored")
        .containsExactly(5.0, 6.0, 7.0, 8.0);
    assertThat(task.weight()).isEqualTo(-0.25 * 6 - 0.125 * 15 - 0.0625 * 15);
    assertThat(saved().validationLosses()).containsExactly(2.0, 1.0, 1.5);
    assertThat(keptWeight()).as("after step 6").isEqualTo(-0.25 * 6 - 0.125 * 15);
  }

  @Test
  void aStopIsObeyedAfterTheStepAndSaved() {
    heard.stopAfter = 3;
    assertThat(run(new CountingTask(1), plan(8, CONSTANT, 0), false)).isFalse();
    assertThat(heard.steps).hasSize(3);
    assertThat(saved().step()).isEqualTo(3);
    heard.stopAfter = Long.MAX_VALUE;
    CountingTask task = new CountingTask(1);
    assertThat(run(task, plan(8, CONSTANT, 0), true)).isTrue();
    assertThat(task.weight()).isEqualTo(-0.25 * 36);
  }

  @Test
  void aFinishedRunHasNothingLeftToDo() {
    run(new CountingTask(1), plan(4, CONSTANT, 0), false);
    CountingTask task = new CountingTask(1);
    assertThat(run(task, plan(4, CONSTANT, 0), true)).isTrue();
    assertThat(task.prepared).isEmpty();
    assertThat(task.weight()).isEqualTo(-0.25 * 10);
  }

  @Test
  void aLossThatIsNotANumberEndsTheRunAndKeepsTheLastCheckpoint() {
    CountingTask task = new CountingTask(1);
    task.brokenStep = 4;
    assertThatThrownBy(() -> run(task, plan(8, CONSTANT, 0), false))
        .isInstanceOf(TrainingFailure.class)
        .hasMessageContaining("loss became NaN at step 5")
        .hasMessageContaining("the checkpoint of step 4");
    assertThat(saved().step()).isEqualTo(4);
    assertThat(keptWeight()).isEqualTo(-0.25 * 10);
  }

  @Test
  void otherDataAreRefused() {
    run(new CountingTask(1, 2.0, 1.0), plan(4, CONSTANT, 0), false);
    CountingTask other = new CountingTask(1, 2.0);
    other.dataHash = "other";
    assertThatThrownBy(() -> run(other, plan(8, CONSTANT, 0), true))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("numbers.txt");
    CountingTask heldOut = new CountingTask(1, 2.0);
    heldOut.validationHash = "other";
    assertThatThrownBy(() -> run(heldOut, plan(8, CONSTANT, 0), true))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("held-out data are not those");
  }

  @Test
  void heldOutDataWithoutATargetAreRefused() {
    CountingTask task = new CountingTask(1, 2.0);
    task.targets = 0;
    assertThatThrownBy(() -> run(task, plan(4, CONSTANT, 0), false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("held-out data");
  }
}
