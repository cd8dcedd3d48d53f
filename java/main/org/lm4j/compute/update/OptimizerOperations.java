package org.lm4j.compute.update;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/** The operations of an optimizer step, which every backend has. */
public interface OptimizerOperations {
  /**
   * Clamps elements, {@code g = min(max(g, -limit), limit)}, where {@code limit} is at least 0; NaN
   * stays NaN.
   */
  void clamp(Tensor g, double limit);

  /**
   * Computes the Euclidean norm of {@code g} and the factor that clips it, as {@code
   * torch.nn.utils.clip_grad_norm_} does.
   *
   * @param maxNorm the limit, above 0; infinity for none
   * @param out {@code (2)}; overwritten with the norm and {@code min(1, maxNorm / (norm + 1e-6))}
   */
  void gradientNorm(Tensor g, double maxNorm, Tensor out);

  /**
   * Makes one optimizer step over a flat buffer, in one pass that also zeroes the gradient.
   *
   * @param w parameters; updated
   * @param g gradient, of the same size; multiplied by {@code gradientScale} first, zero afterwards
   * @param moments {@code rule.moments()} buffers of the same size; updated; zero before step 1,
   *     except for {@link UpdateRule.Anchored}, whose moments are constants
   * @param gradientScale {@code (2)} as written by {@link #gradientNorm}, of which the second
   *     element counts; null for 1
   * @param learningRate of this step
   * @param step counts from 1, and is at least that
   */
  void update( // seven values: a step is all of them, and a record per step would be garbage
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step);

  /**
   * Computes {@link #gradientNorm(Tensor, double, Tensor)} of a gradient that is zero in most rows
   * of some tables, up to the rounding of the sum.
   */
  default void gradientNorm(SparseGradient g, double maxNorm, Tensor out) {
    gradientNorm(g.flat(), maxNorm, out);
  }

  /**
   * Makes the step of {@link #update(UpdateRule, Tensor, Tensor, List, Tensor, double, long)} by a
   * gradient that is zero in most rows of some tables, with the same result bit by bit. A backend
   * may leave out the other rows.
   *
   * @param rule one for which {@link UpdateRule#keepsWithoutGradient} is true
   */
  default void update( // as above
      UpdateRule rule,
      Tensor w,
      SparseGradient g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    update(rule, w, g.flat(), moments, gradientScale, learningRate, step);
  }
}
