package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
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
 * A model learns the same whatever multiplies its matrices: OpenBLAS, Java kernels, or both, the
 * recurrent products by the latter.
 */
@Tag("slow")
class EngineAgreementTest {
  private static final long SEED = 9;
  private static final int WINDOWS = 200;
  private static final int STEPS = 12;
  private static final int BATCH = 6;
  private static final int VOCABULARY = 31;

  /**
   * Between losses after so many steps. Each product is off by some ulps of 6e-8, which 200 steps
   * of learning carry on; what was seen is at most 1.4e-5, of losses that fall from 3.4. A wrong
   * term in any product changes them by much more.
   */
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @EnumSource(Cell.class)
  void lossesAreTheSameOverTwoHundredSteps(Cell cell) {
    double[] java = losses(cell, threads -> open(threads, BlasChoice.JAVA));
    assertThat(java[WINDOWS - 1]).as("it learns").isLessThan(0.7 * java[0]);
    agree(cell + " by OpenBLAS", java, losses(cell, threads -> open(threads, BlasChoice.OPENBLAS)));
    agree(cell + " by both", java, losses(cell, MixedEngine::open));
  }

  private static Backend open(int threads, BlasChoice choice) {
    return Backends.open("cpu", new BackendOptions(threads).withBlas(choice));
  }

  private static void agree(String what, double[] expected, double[] actual) {
    double worst = 0;
    for (int i = 0; i < WINDOWS; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst).as("%s, seed %d", what, SEED).isLessThan(TOLERANCE);
  }

  /** The loss of each window of a text in which the next token follows from the last two. */
  private static double[] losses(Cell cell, IntFunction<Backend> engine) {
    LanguageModelConfig config = new LanguageModelConfig(cell, VOCABULARY, 16, 40, 2, 0, false);
    double[] losses = new double[WINDOWS];
    try (Backend cpu = engine.apply(2);
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, true);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH);
        Optimizer optimizer =
            new Optimizer(
                cpu,
                model.parameters(),
                new UpdateRule.Sgd(0.9, false, 0),
                new Clipping(1, Double.POSITIVE_INFINITY))) {
      model.initialize(Initialization.DEFAULT, SEED);
      int[][] text = text();
      for (int i = 0; i < WINDOWS; i++) {
        window.load(part(text, i * STEPS), part(text, i * STEPS + 1));
        window.train(state, new RandomKey(SEED, i), STEPS * BATCH);
        losses[i] = Arrays.stream(window.losses().toArray()).average().orElseThrow();
        optimizer.step(rate(cell));
        state.advance();
      }
    }
    return losses;
  }

  /**
   * At which it learns; units without a bound double a difference at every step if it is larger.
   */
  private static double rate(Cell cell) {
    return switch (cell) {
      case RNN_RELU -> 0.03;
      case MIN_GRU -> 0.1;
      default -> 0.3;
    };
  }

  private static int[][] text() {
    int[][] streams = new int[BATCH][WINDOWS * STEPS + 1];
    for (int b = 0; b < BATCH; b++) {
      streams[b][0] = b;
      streams[b][1] = 3 * b + 1;
      for (int i = 2; i < streams[b].length; i++) {
        streams[b][i] = (streams[b][i - 1] + streams[b][i - 2] + 1) % VOCABULARY;
      }
    }
    return streams;
  }

  /** Returns one window of each stream, time-major. */
  private static int[] part(int[][] streams, int from) {
    int[] tokens = new int[STEPS * BATCH];
    for (int t = 0; t < STEPS; t++) {
      for (int b = 0; b < BATCH; b++) {
        tokens[t * BATCH + b] = streams[b][from + t];
      }
    }
    return tokens;
  }
}
