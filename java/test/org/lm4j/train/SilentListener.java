package org.lm4j.train;

/** Hears and says nothing. */
public class SilentListener implements TrainingListener {
  @Override
  public void step(StepReport report) {
    // nothing to say
  }

  @Override
  public void validation(ValidationReport report) {
    // nothing to say
  }
}
