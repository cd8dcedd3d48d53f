package org.lm4j.backend.cpu.kernel;

import org.lm4j.compute.update.UpdateRule;

/** The numbers of one optimizer step, rounded once. One object, set anew for each step. */
public final class UpdateStep {
  /** What each gradient is multiplied by first. */
  public float gradientScale;

  /** L2 penalty: {@code g += decay · w}. */
  public float decay;

  /** Decoupled decay: {@code w = keep · w}; 1 without it. */
  public float keep;

  /** The learning rate; for Adam divided by the bias correction of the first moment. */
  public float rate;

  /** SGD: the momentum; Adam: β₁; RMSprop: α. */
  public float momentum;

  /** {@code 1 - momentum}, the weight of a new value in a running mean. */
  public float fresh;

  /** Adam: the decay of the mean square. */
  public float beta2;

  /** {@code 1 - beta2}. */
  public float fresh2;

  /** Adam: {@code 1 / sqrt(1 - beta2^step)}. */
  public float rootCorrection;

  /** What is added to a root before a division by it. */
  public float epsilon;

  /** Anchored: times {@code r} it is the share of the way back to the trained weights. */
  public float back;

  /** Whether this is step 1, before which SGD has no momentum buffer. */
  public boolean first;

  /** SGD: whether it looks ahead by one step of momentum. */
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
