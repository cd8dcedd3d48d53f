package org.lm4j.train;

import org.jspecify.annotations.Nullable;

/** Receives the reports of a training run. */
public interface TrainingListener {
  /** Called after every step. */
  void step(StepReport report);

  /** Called after every validation. */
  void validation(ValidationReport report);

  /** Called with each text that the model generated on the way, see {@link SamplePlan}. */
  default void sample(SampleReport report) {}

  /** Called before the first step, with each note about the files a run is resumed from. */
  default void note(String note) {}

  /**
   * One optimizer step.
   *
   * @param at how far the run has come, this step included
   * @param loss of this step, mean over its targets, in nats
   * @param learningRate of this step
   * @param gradientNorm before it is clipped, after single values are
   * @param tokens how many of what is counted this step went through
   * @param seconds of training so far
   */
  record StepReport(
      Position at,
      double loss,
      double learningRate,
      double gradientNorm,
      int tokens,
      double seconds) {
    /** Returns the steps done, this one included. */
    public long step() {
      return at.step;
    }

    /** Returns the passes over the corpus done, as a fraction. */
    public double epoch() {
      return at.epoch;
    }

    /** Returns the part of the run that is done, in [0, 1]. */
    public double fraction() {
      return at.fraction;
    }
  }

  /**
   * The position of a run.
   *
   * @param step steps done
   * @param epoch passes over the corpus done, as a fraction
   * @param fraction of the run done, in [0, 1]
   */
  record Position(long step, double epoch, double fraction) {}

  /**
   * A text that the model generated with its weights at a step.
   *
   * @param step steps done
   * @param epoch passes over the corpus done, as a fraction
   * @param temperature at which it was sampled
   * @param prompt the text that it continues; empty for none
   * @param text without the prompt
   */
  record SampleReport(long step, double epoch, double temperature, String prompt, String text) {}

  /**
   * The result of one validation.
   *
   * @param step steps done
   * @param epoch passes over the corpus done, as a fraction
   * @param loss mean over the targets, in nats
   * @param tokens targets scored
   * @param best whether it is the best so far, its weights kept
   * @param accuracy part of the targets that were predicted; null where it is not asked
   */
  record ValidationReport(
      long step, double epoch, double loss, long tokens, boolean best, @Nullable Double accuracy) {
    /** Returns the perplexity, {@code exp(loss)}. */
    public double perplexity() {
      return Math.exp(loss);
    }
  }
}
