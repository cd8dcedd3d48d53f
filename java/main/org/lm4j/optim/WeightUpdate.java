package org.lm4j.optim;

import java.util.List;
import org.lm4j.tensor.Tensor;

/** Updates the weights of a model once the gradients of a step are computed. */
public interface WeightUpdate extends AutoCloseable {
  /**
   * Makes one step.
   *
   * @param learningRate the learning rate of this step
   */
  void step(double learningRate);

  /**
   * Returns the norm of the last step's gradients, {@code (2)}: the norm and the factor applied. It
   * is computed before clipping by norm, but after clipping by value.
   */
  Tensor norm();

  /** Returns the flat moment buffers, each with the layout of the weights; may be empty. */
  List<Tensor> moments();

  /** Sets the number of steps done, when continuing an earlier run. */
  void setSteps(long steps);

  @Override
  void close();
}
