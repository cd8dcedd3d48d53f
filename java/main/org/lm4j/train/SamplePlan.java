package org.lm4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a run: texts that the model generates every so many steps, with its weights as
 * they are then. The same seed each time shows what the steps between have changed. They draw no
 * random numbers of the training, so a run has the same bits with and without them.
 *
 * @param every steps between samples
 * @param length most tokens of a text; null for a length that suits the vocabulary
 * @param prompt text to continue; empty for texts from their beginning
 */
public record SamplePlan(
    long every,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer length,
    String prompt) {
  /** The temperatures of the texts. */
  public static final List<Double> TEMPERATURES = List.of(0.5, 0.8, 1.0);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the steps or the length are below 1
   */
  public SamplePlan {
    if (every < 1 || (length != null && length < 1)) {
      throw new IllegalArgumentException("steps and length of samples must be above 0");
    }
  }

  /** Generates, logs and reports the texts of a step. */
  void show(long step, TrainingTask task, TrainingListener listener, MetricsLog log) {
    double epoch = (double) step / task.stepsPerEpoch();
    List<String> texts = task.sample(TEMPERATURES);
    for (int i = 0; i < texts.size(); i++) {
      TrainingListener.SampleReport report =
          new TrainingListener.SampleReport(step, epoch, TEMPERATURES.get(i), prompt, texts.get(i));
      log.sample(report);
      listener.sample(report);
    }
  }

  /** Returns whether texts are due after a step, counted from 1. */
  boolean isDue(long step) {
    return step % every == 0;
  }
}
