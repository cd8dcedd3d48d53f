package org.lm4j.train.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Model;
import org.lm4j.model.ModelKind;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.OneWeight;
import org.lm4j.train.Recipe;
import org.lm4j.train.Unit;

/** Which examples a step of batches gets: ten examples, four in a batch. */
class BatchTaskTest {
  private static final Recipe RECIPE =
      new Recipe(
          4,
          1,
          new Recipe.OptimizerChoice("sgd", 1, 0, 0),
          new Recipe.ScheduleChoice("constant", 0.5, 1, 0, 0, 0),
          new Recipe.ClipChoice(0, 0),
          7);

  private final OneWeight model = new OneWeight();

  /** Keeps what it is asked to compute. */
  private static final class Recorder extends BatchTask {
    private final List<int[]> computed = new ArrayList<>();
    private final List<RandomKey> keys = new ArrayList<>();

    Recorder(Model model, Examples examples, @Nullable String validationHash) {
      super(
          model,
          ModelKind.NET,
          RECIPE,
          new Data(Unit.PICTURES, "numbers.txt", "training", validationHash),
          examples);
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      computed.add(batch);
      keys.add(randomness);
    }

    @Override
    protected Validation score() {
      return new Validation(0.5, 2);
    }

    @Override
    public void close() {
      // Owns nothing.
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Recorder task(@Nullable String validationHash) {
    return new Recorder(model, new BatchTask.Examples(10), validationHash);
  }

  private int[] batch(Recorder task, long step) {
    task.prepare(step, new RandomKey(7, step));
    task.compute(model.parameters().values());
    return task.computed.getLast();
  }

  @Test
  void anEpochShowsEveryExampleOnceAndTheNextOneInAnotherOrder() {
    Recorder task = task(null);
    assertThat(task.stepsPerEpoch()).isEqualTo(3);
    List<List<Integer>> epochs = new ArrayList<>();
    for (int epoch = 0; epoch < 2; epoch++) {
      List<Integer> shown = new ArrayList<>();
      for (int step = 0; step < 3; step++) {
        Arrays.stream(batch(task, 3L * epoch + step)).forEach(shown::add);
      }
      assertThat(shown).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      epochs.add(shown);
    }
    assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
    assertThat(task.computed).extracting(batch -> batch.length).containsExactly(4, 4, 2, 4, 4, 2);
  }

  @Test
  void aStepGetsItsExamplesAndRandomnessWhateverCameBefore() {
    Recorder inOrder = task(null);
    for (int step = 0; step < 5; step++) {
      batch(inOrder, step);
    }
    Recorder resumed = task(null);
    assertThat(batch(resumed, 4)).isEqualTo(inOrder.computed.get(4));
    assertThat(resumed.keys).containsExactly(new RandomKey(7, 4));
  }

  @Test
  void examplesOfOneLengthShareABatch() {
    Recorder task = new Recorder(model, new BatchTask.Examples(8, example -> example % 2), null);
    for (int step = 0; step < 2; step++) {
      assertThat(Arrays.stream(batch(task, step)).map(example -> example % 2).distinct())
          .hasSize(1);
    }
  }

  @Test
  void scoresOnlyIfThereAreDataToValidateOn() {
    assertThat(task("held out").validate().loss()).isEqualTo(0.5);
    Recorder without = task(null);
    assertThat(without.validates()).isFalse();
    assertThatThrownBy(without::validate)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no data to validate on");
  }

  @Test
  void computesNothingBeforeAStepIsPrepared() {
    Recorder task = task(null);
    assertThatThrownBy(() -> task.compute(model.parameters().values()))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("no step was prepared");
  }
}
