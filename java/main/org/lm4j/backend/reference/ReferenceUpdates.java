package org.lm4j.backend.reference;

import java.util.List;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/**
 * The optimizers, one element at a time, with the arithmetic of {@code torch.optim}. In all of them
 * {@code g} is the gradient after clipping.
 */
final class ReferenceUpdates {
  private ReferenceUpdates() {}

  static void clamp(Tensor g, double limit) {
    long at = g.address();
    for (long i = 0; i < g.size(); i++) {
      Doubles.set(at, i, Math.min(Math.max(Doubles.get(at, i), -limit), limit));
    }
  }

  /**
   * Computes the norm and clipping factor of Pascanu, Mikolov and Bengio, "On the difficulty of
   * training recurrent neural networks", 2013.
   */
  static void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    long at = g.address();
    double squares = 0;
    for (long i = 0; i < g.size(); i++) {
      squares += Doubles.get(at, i) * Doubles.get(at, i);
    }
    double norm = Math.sqrt(squares);
    Doubles.set(out.address(), 0, norm);
    Doubles.set(out.address(), 1, Math.min(1, maxNorm / (norm + 1e-6)));
  }

  /** Makes one step of {@code rule}; the gradient is multiplied by {@code scale} first. */
  static void update(
      UpdateRule rule, Tensor w, Tensor g, List<Tensor> moments, double scale, Rate rate) {
    switch (rule) {
      case UpdateRule.Sgd sgd -> sgd(sgd, w, g, moments, scale, rate);
      case UpdateRule.RmsProp rmsProp -> rmsProp(rmsProp, w, g, moments.get(0), scale, rate);
      case UpdateRule.AdaGrad adaGrad -> adaGrad(adaGrad, w, g, moments.get(0), scale, rate);
      case UpdateRule.Adam adam -> adam(adam, w, g, moments, scale, rate);
      case UpdateRule.Anchored anchored -> anchored(anchored, w, g, moments, scale, rate);
    }
    Doubles.fill(g.address(), g.size(), 0);
  }

  /**
   * The learning rate and number of a step.
   *
   * @param learningRate of this step
   * @param step counts from 1
   */
  record Rate(double learningRate, long step) {}

  /**
   * Robbins and Monro 1951; momentum of Polyak 1964; Nesterov's in the form of Sutskever et al.,
   * "On the importance of initialization and momentum in deep learning", ICML 2013.
   *
   * <pre>
   *   v = momentum · v + g, in the first step v = g
   *   w -= lr · v,  or  lr · (g + momentum · v) with Nesterov
   * </pre>
   */
  private static void sgd(
      UpdateRule.Sgd rule, Tensor w, Tensor g, List<Tensor> moments, double scale, Rate rate) {
    long v = moments.isEmpty() ? 0 : moments.get(0).address();
    for (long i = 0; i < w.size(); i++) {
      double parameter = Doubles.get(w.address(), i);
      double gradient = decayed(rule, g, i, scale, parameter);
      double direction = gradient;
      if (rule.momentum() != 0) {
        double velocity =
            rate.step() == 1 ? gradient : rule.momentum() * Doubles.get(v, i) + gradient;
        Doubles.set(v, i, velocity);
        direction = rule.nesterov() ? gradient + rule.momentum() * velocity : velocity;
      }
      Doubles.set(w.address(), i, parameter - rate.learningRate() * direction);
    }
  }

  /**
   * Tieleman and Hinton, Coursera lecture 6.5, 2012.
   *
   * <pre>
   *   v = α · v + (1 - α) · g²
   *   w -= lr · g / (√v + ε)
   * </pre>
   */
  private static void rmsProp(
      UpdateRule.RmsProp rule, Tensor w, Tensor g, Tensor moment, double scale, Rate rate) {
    long v = moment.address();
    for (long i = 0; i < w.size(); i++) {
      double parameter = Doubles.get(w.address(), i);
      double gradient = decayed(rule, g, i, scale, parameter);
      double mean = rule.alpha() * Doubles.get(v, i) + (1 - rule.alpha()) * gradient * gradient;
      Doubles.set(v, i, mean);
      double step = gradient / (Math.sqrt(mean) + rule.epsilon());
      Doubles.set(w.address(), i, parameter - rate.learningRate() * step);
    }
  }

  /**
   * Duchi, Hazan and Singer, "Adaptive Subgradient Methods", JMLR 12, 2011.
   *
   * <pre>
   *   v = v + g²
   *   w -= lr · g / (√v + ε)
   * </pre>
   */
  private static void adaGrad(
      UpdateRule.AdaGrad rule, Tensor w, Tensor g, Tensor moment, double scale, Rate rate) {
    long v = moment.address();
    for (long i = 0; i < w.size(); i++) {
      double parameter = Doubles.get(w.address(), i);
      double gradient = decayed(rule, g, i, scale, parameter);
      double sum = Doubles.get(v, i) + gradient * gradient;
      Doubles.set(v, i, sum);
      double step = gradient / (Math.sqrt(sum) + rule.epsilon());
      Doubles.set(w.address(), i, parameter - rate.learningRate() * step);
    }
  }

  /**
   * Kingma and Ba, "Adam", ICLR 2015; decoupled decay of Loshchilov and Hutter, ICLR 2019. As in
   * PyTorch, ε is added after the bias correction of the root.
   *
   * <pre>
   *   w -= lr · weightDecay · w                  decoupled only
   *   m = β₁ · m + (1 - β₁) · g
   *   v = β₂ · v + (1 - β₂) · g²
   *   w -= lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
   * </pre>
   */
  private static void adam(
      UpdateRule.Adam rule, Tensor w, Tensor g, List<Tensor> moments, double scale, Rate rate) {
    long m = moments.get(0).address();
    long v = moments.get(1).address();
    double correction1 = 1 - StrictMath.pow(rule.beta1(), (double) rate.step());
    double correction2 = Math.sqrt(1 - StrictMath.pow(rule.beta2(), (double) rate.step()));
    double stepSize = rate.learningRate() / correction1;
    double keep = rule.decoupled() ? 1 - rate.learningRate() * rule.weightDecay() : 1;
    for (long i = 0; i < w.size(); i++) {
      double parameter = Doubles.get(w.address(), i);
      double gradient =
          rule.decoupled()
              ? scale * Doubles.get(g.address(), i)
              : decayed(rule, g, i, scale, parameter);
      double mean = rule.beta1() * Doubles.get(m, i) + (1 - rule.beta1()) * gradient;
      double square = rule.beta2() * Doubles.get(v, i) + (1 - rule.beta2()) * gradient * gradient;
      Doubles.set(m, i, mean);
      Doubles.set(v, i, square);
      double denominator = Math.sqrt(square) / correction2 + rule.epsilon();
      Doubles.set(w.address(), i, parameter * keep - stepSize * (mean / denominator));
    }
  }

  /**
   * Krause, Kahembwe, Murray and Renals, "Dynamic Evaluation of Neural Sequence Models", ICML 2018;
   * {@code w₀} and {@code r} stay as they are.
   *
   * <pre>
   *   w += min(1, decay · r) · (w₀ - w) - lr · g / (r + ε)
   * </pre>
   */
  private static void anchored(
      UpdateRule.Anchored rule, Tensor w, Tensor g, List<Tensor> moments, double scale, Rate rate) {
    long trained = moments.get(0).address();
    long r = moments.get(1).address();
    for (long i = 0; i < w.size(); i++) {
      double parameter = Doubles.get(w.address(), i);
      double root = Doubles.get(r, i);
      double back = Math.min(1, rule.decay() * root) * (Doubles.get(trained, i) - parameter);
      double step = scale * Doubles.get(g.address(), i) / (root + rule.epsilon());
      Doubles.set(w.address(), i, parameter + back - rate.learningRate() * step);
    }
  }

  private static double decayed(UpdateRule rule, Tensor g, long i, double scale, double parameter) {
    return scale * Doubles.get(g.address(), i) + rule.weightDecay() * parameter;
  }
}
