package org.lm4j.compute.composed;

import java.util.List;
import org.lm4j.compute.update.UpdateRule;

/**
 * One optimizer step on the host, in float64; the papers are named at {@link UpdateRule}.
 *
 * @param scale the gradient is multiplied by this first
 * @param step counts from 1
 */
record HostUpdate(UpdateRule rule, double scale, double learningRate, long step) {

  /** Updates weights and moments. */
  void run(double[] weights, double[] gradient, List<double[]> moments) {
    boolean decoupled = rule instanceof UpdateRule.Adam adam && adam.decoupled();
    for (int i = 0; i < weights.length; i++) {
      double g = scale * gradient[i];
      if (decoupled) {
        weights[i] -= learningRate * rule.weightDecay() * weights[i];
      } else {
        g += rule.weightDecay() * weights[i];
      }
      if (rule instanceof UpdateRule.Anchored anchored) {
        double back = Math.min(1, anchored.decay() * moments.get(1)[i]);
        weights[i] += back * (moments.get(0)[i] - weights[i]);
      }
      weights[i] -= learningRate * direction(g, moments, i);
    }
  }

  private double direction(double g, List<double[]> moments, int i) {
    return switch (rule) {
      case UpdateRule.Sgd sgd -> {
        if (sgd.momentum() == 0) {
          yield g;
        }
        double[] v = moments.getFirst();
        v[i] = step == 1 ? g : sgd.momentum() * v[i] + g;
        yield sgd.nesterov() ? g + sgd.momentum() * v[i] : v[i];
      }
      case UpdateRule.RmsProp rmsProp -> {
        double[] v = moments.getFirst();
        v[i] = rmsProp.alpha() * v[i] + (1 - rmsProp.alpha()) * g * g;
        yield g / (Math.sqrt(v[i]) + rmsProp.epsilon());
      }
      case UpdateRule.AdaGrad adaGrad -> {
        double[] v = moments.getFirst();
        v[i] += g * g;
        yield g / (Math.sqrt(v[i]) + adaGrad.epsilon());
      }
      case UpdateRule.Adam adam -> {
        double[] m = moments.get(0);
        double[] v = moments.get(1);
        m[i] = adam.beta1() * m[i] + (1 - adam.beta1()) * g;
        v[i] = adam.beta2() * v[i] + (1 - adam.beta2()) * g * g;
        double mean = m[i] / (1 - Math.pow(adam.beta1(), (double) step));
        double square = v[i] / (1 - Math.pow(adam.beta2(), (double) step));
        yield mean / (Math.sqrt(square) + adam.epsilon());
      }
      case UpdateRule.Anchored anchored -> g / (moments.get(1)[i] + anchored.epsilon());
    };
  }
}
