package org.lm4j.optim;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/**
 * Clips the gradients of a model and updates its weights. Owns the moments, one flat buffer each,
 * and the step count.
 */
public final class Optimizer implements WeightUpdate {
  private final Backend backend;
  private final Parameters parameters;
  private final UpdateRule rule;
  private final Clipping clipping;
  private final List<Tensor> moments;
  private final Tensor norm; // (2): norm, factor
  private final @Nullable SparseGradient sparse;
  private long steps;

  /** Creates an optimizer for all parameters of a model, with zero moments. */
  public Optimizer(Backend backend, Parameters parameters, UpdateRule rule, Clipping clipping) {
    this(backend, parameters, rule, clipping, null);
  }

  /**
   * Creates an optimizer for gradients that are zero in most rows of some tables: where the rule
   * allows it, a step leaves out those rows, with the same result.
   *
   * @param sparse the gradient of {@code parameters}; null if there are no such tables
   */
  public Optimizer(
      Backend backend,
      Parameters parameters,
      UpdateRule rule,
      Clipping clipping,
      @Nullable SparseGradient sparse) {
    this.sparse = rule.keepsWithoutGradient() ? sparse : null;
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
   * Makes one step: clips the gradients, updates the weights, zeroes the gradients.
   *
   * @param learningRate the learning rate of this step
   */
  @Override
  public void step(double learningRate) {
    Tensor gradients = parameters.gradients();
    if (clipping.value() < Double.POSITIVE_INFINITY) {
      backend.clamp(gradients, clipping.value());
    }
    steps++;
    SparseGradient some = sparse;
    if (some != null) {
      backend.gradientNorm(some, clipping.norm(), norm);
      backend.update(rule, parameters.values(), some, moments, norm, learningRate, steps);
      return;
    }
    backend.gradientNorm(gradients, clipping.norm(), norm);
    backend.update(rule, parameters.values(), gradients, moments, norm, learningRate, steps);
  }

  /**
   * Returns the norm of the last step's gradients, {@code (2)}: the norm and the factor applied. It
   * is computed before clipping by norm, but after clipping by value.
   */
  @Override
  public Tensor norm() {
    return norm;
  }

  /** Returns the flat moment buffers, in the rule's order. */
  @Override
  public List<Tensor> moments() {
    return moments;
  }

  /** Returns the number of steps done so far. */
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
