package org.lm4j.optim;

import java.util.List;
import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.compute.UpdateRule;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/**
 * Clips the gradients of a model and moves its weights. Owns the moments, one flat buffer each, and
 * counts the steps.
 */
public final class Optimizer implements WeightUpdate {
  private final Backend backend;
  private final Parameters parameters;
  private final UpdateRule rule;
  private final Clipping clipping;
  private final List<Tensor> moments;
  private final Tensor norm; // (2): norm, factor
  private long steps;

  /** Over all parameters of a model, with zero moments. */
  public Optimizer(Backend backend, Parameters parameters, UpdateRule rule, Clipping clipping) {
    this.backend = backend;
    this.parameters = parameters;
    this.rule = rule;
    this.clipping = clipping;
    int size = Math.toIntExact(parameters.values().size());
    this.moments =
        IntStream.range(0, rule.moments()).mapToObj(i -> backend.allocate(size)).toList();
    this.norm = backend.allocate(2);
  }

  /**
   * One step: clips the gradients, updates the weights, zeroes the gradients.
   *
   * @param learningRate of this step
   */
  @Override
  public void step(double learningRate) {
    Tensor gradients = parameters.gradients();
    if (clipping.value() < Double.POSITIVE_INFINITY) {
      backend.clamp(gradients, clipping.value());
    }
    backend.gradientNorm(gradients, clipping.norm(), norm);
    steps++;
    backend.update(rule, parameters.values(), gradients, moments, norm, learningRate, steps);
  }

  /**
   * The norm of the last step's gradients, {@code (2)}: norm, factor applied. It is taken before
   * the norm is clipped, but after single values are.
   */
  @Override
  public Tensor norm() {
    return norm;
  }

  /** The flat moment buffers, in the rule's order. */
  @Override
  public List<Tensor> moments() {
    return moments;
  }

  /** Steps done so far. */
  public long steps() {
    return steps;
  }

  /** Sets the number of steps done, when continuing an earlier run. */
  @Override
  public void setSteps(long steps) {
    this.steps = steps;
  }

  @Override
  public void close() {
    moments.forEach(moment -> moment.storage().close());
    norm.storage().close();
  }
}
