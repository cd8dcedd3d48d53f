package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cpu.MixedEngine;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;

/**
 * Tests that results on the CPU depend, to the bit, on the number of threads and on nothing else.
 */
@Tag("slow")
class DeterminismTest {
  private static final long SEED = 3;
  private static final int STEPS = 7;
  private static final int BATCH = 13; // shared unequally by 2 and by 3 threads
  private static final int WINDOWS = 4;
  private static final int VOCABULARY = 61;
  private static final double RATE = 0.5;

  /**
   * The largest difference, relative to the largest weight change, that another order of additions
   * may make. Sums of some hundred products, as here, differ by about √100 · ε ≈ 1e-6 of the
   * largest of them; four steps through a recurrence of seven multiply that by a few. A wrong term
   * in any sum changes it by percents.
   */
  private static final double TOLERANCE = 2e-5;

  @ParameterizedTest
  @EnumSource(Cell.class)
  void theSameThreadsGiveTheSameBits(Cell cell) {
    for (int threads = 1; threads <= 3; threads++) {
      assertThat(train(cell, threads))
          .as("seed %d, %d threads", SEED, threads)
          .isEqualTo(train(cell, threads));
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void theSameThreadsGiveTheSameBitsWhateverMultiplies(Cell cell) {
    IntFunction<Backend> openblas =
        threads -> Backends.open("cpu", new BackendOptions(threads).withBlas(BlasChoice.OPENBLAS));
    for (IntFunction<Backend> engine : List.of(openblas, MixedEngine::open)) {
      for (int threads = 1; threads <= 3; threads++) {
        assertThat(train(cell, engine.apply(threads), WINDOWS))
            .as("seed %d, %d threads", SEED, threads)
            .isEqualTo(train(cell, engine.apply(threads), WINDOWS));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void otherThreadsGiveTheSameNumbers(Cell cell) {
    double[] initial = train(cell, 1, 0);
    double[] one = train(cell, 1);
    double moved = distance(initial, one);
    assertThat(moved).isGreaterThan(1e-3);
    for (int threads = 2; threads <= 3; threads++) {
      assertThat(distance(one, train(cell, threads)) / moved)
          .as("seed %d, %d threads against 1", SEED, threads)
          .isLessThan(TOLERANCE);
    }
  }

  private static double distance(double[] a, double[] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  private static double[] train(Cell cell, int threads) {
    return train(cell, threads, WINDOWS);
  }

  /** The weights after training on random tokens. */
  private static double[] train(Cell cell, int threads, int windows) {
    return train(cell, Backends.open("cpu", new BackendOptions(threads)), windows);
  }

  /** Runs the same on a backend and closes it. */
  private static double[] train(Cell cell, Backend backend, int windows) {
    LanguageModelConfig config = new LanguageModelConfig(cell, VOCABULARY, 24, 70, 2, 0.25, false);
    // SGD: its steps are linear in the gradients. Adam's first ones are their signs.
    UpdateRule rule = new UpdateRule.Sgd(0.9, false, 1e-4);
    try (Backend cpu = backend;
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, true);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH);
        Optimizer optimizer =
            new Optimizer(
                cpu, model.parameters(), rule, new Clipping(1, Double.POSITIVE_INFINITY))) {
      model.initialize(Initialization.DEFAULT, SEED);
      SplittableRandom random = new SplittableRandom(SEED);
      for (int i = 0; i < windows; i++) {
        window.load(tokens(random), tokens(random));
        window.train(state, new RandomKey(SEED, i), STEPS * BATCH);
        optimizer.step(RATE);
        state.advance();
      }
      return model.parameters().values().toArray();
    }
  }

  private static int[] tokens(SplittableRandom random) {
    return random.ints((long) STEPS * BATCH, 0, VOCABULARY).toArray();
  }
}
