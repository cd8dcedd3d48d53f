package org.lm4j.backend.cpu.kernel;

import org.lm4j.compute.update.UpdateRule;

/** The numbers of one optimizer step, rounded once. One object, set anew for each step. */
public final class UpdateStep {
  public float gradientScale;
  public float decay; // L2: g += decay · w
  public float keep; // decoupled: w = keep · w, 1 otherwise
  public float rate; // Adam: divided by the bias correction of the first moment
  public float momentum; // or beta1, or alpha
  public float fresh; // 1 - momentum for averages
  public float beta2;
  public float fresh2; // 1 - beta2
  public float rootCorrection; // Adam: 1 / sqrt(1 - beta2^step)
  public float epsilon;
  public float back; // Anchored: times r, the way back to the trained weights
  public boolean first;
  public boolean nesterov;

  /** Takes over a rule for step {@code step}, counted from 1. */
  public void set(UpdateRule rule, float scale, double learningRate, long step) {
    gradientScale = scale;
    decay = (float) rule.weightDecay();
    keep = 1;
    rate = (float) learningRate;
    first = step == 1;
    switch (rule) {
      case UpdateRule.Sgd sgd -> {
        momentum = (float) sgd.momentum();
        nesterov = sgd.nesterov();
      }
      case UpdateRule.RmsProp rms -> {
        momentum = (float) rms.alpha();
        fresh = (float) (1 - rms.alpha());
        epsilon = (float) rms.epsilon();
      }
      case UpdateRule.AdaGrad ada -> epsilon = (float) ada.epsilon();
      case UpdateRule.Adam adam -> {
        momentum = (float) adam.beta1();
        fresh = (float) (1 - adam.beta1());
        beta2 = (float) adam.beta2();
        fresh2 = (float) (1 - adam.beta2());
        epsilon = (float) adam.epsilon();
        rate = (float) (learningRate / (1 - Math.pow(adam.beta1(), (double) step)));
        rootCorrection = (float) (1 / Math.sqrt(1 - Math.pow(adam.beta2(), (double) step)));
        if (adam.decoupled()) {
          decay = 0;
          keep = (float) (1 - learningRate * adam.weightDecay());
        }
      }
      case UpdateRule.Anchored anchored -> {
        back = (float) anchored.decay();
        epsilon = (float) anchored.epsilon();
      }
    }
  }
}
