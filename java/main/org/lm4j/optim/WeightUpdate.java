package org.lm4j.optim;

import java.util.List;
import org.lm4j.tensor.Tensor;

/** What moves the weights of a model once the gradients of a step are there. */
public interface WeightUpdate extends AutoCloseable {
  /**
   * One step.
   *
   * @param learningRate of this step
   */
  void step(double learningRate);

  /**
   * The norm of the last step's gradients, {@code (2)}: norm, factor applied. It is taken before
   * the norm is clipped, but after single values are.
   */
  Tensor norm();

  /** The flat moment buffers, each laid out as the weights are; none where there are none. */
  List<Tensor> moments();

  /** Sets the number of steps done, when continuing an earlier run. */
  void setSteps(long steps);

  @Override
  void close();
}
