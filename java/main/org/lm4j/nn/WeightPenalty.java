package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

/**
 * L2 regularisation as part of the loss: {@code ½λ ΣW²} over some weights, usually matrices and not
 * biases. Its gradient {@code λW} is what weight decay adds within an optimizer; here the loss
 * shows it too, and one can choose which weights it is of.
 */
public final class WeightPenalty implements AutoCloseable {
  /** The factor before the sum of squares. */
  public enum Convention {
    /** The penalty {@code ½λ ΣW²} with gradient {@code λW}. */
    HALF(0.5),
    /** The penalty {@code λ ΣW²} with gradient {@code 2λW}. */
    FULL(1);

    private final double factor;

    Convention(double factor) {
      this.factor = factor;
    }
  }

  private final Backend backend;
  private final double factor;
  private final List<Parameter> weights;
  private final List<Tensor> squares = new ArrayList<>(); // of each weight's shape
  private final Tensor scratch; // as large as the largest
  private final Tensor sum; // (1)

  /**
   * Creates a penalty on these weights.
   *
   * @param lambda at least 0
   */
  public WeightPenalty(
      Backend backend, List<Parameter> weights, double lambda, Convention convention) {
    if (!(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("regularisation must not be negative: " + lambda);
    }
    this.backend = backend;
    this.factor = lambda * convention.factor;
    this.weights = List.copyOf(weights);
    long largest = 1;
    for (Parameter weight : weights) {
      largest = Math.max(largest, weight.value().size());
    }
    this.scratch = backend.allocate(Math.toIntExact(largest));
    for (Parameter weight : weights) {
      squares.add(scratch.view(0, weight.value().shape().dims()));
    }
    this.sum = backend.allocate(1);
  }

  /** Returns whether it does anything. */
  public boolean active() {
    return factor > 0;
  }

  /**
   * Adds the penalty.
   *
   * @param scale what the penalty is multiplied by: the number of targets where {@code loss} is
   *     their sum and not their mean
   * @param loss {@code (1)}; added to
   */
  public void addLoss(double scale, Tensor loss) {
    for (int i = 0; i < squares.size(); i++) {
      Tensor value = weights.get(i).value();
      backend.multiply(value, value, squares.get(i));
      backend.sum(squares.get(i), sum);
      backend.axpy(scale * factor, sum, loss);
    }
  }

  /** Adds its gradient to those of the weights. */
  public void addGradient() {
    for (Parameter weight : weights) {
      backend.axpy(2 * factor, weight.value(), weight.gradient());
    }
  }

  @Override
  public void close() {
    scratch.storage().close();
    sum.storage().close();
  }
}
