package org.lm4j.compute.update;

/**
 * The update rules an optimizer can follow, each as PyTorch defines it, so that trajectories can be
 * compared. A rule holds what stays constant over a run; the learning rate comes with each step.
 *
 * <p>In all of them {@code g} is the gradient after clipping and {@code g += weightDecay · w} comes
 * first, unless said otherwise. Equations: {@code org.lm4j.backend.reference.ReferenceUpdates}.
 */
public sealed interface UpdateRule {
  /** Returns the number of buffers of the parameters' size that the rule keeps between steps. */
  int moments();

  /** Returns the L2 coefficient. */
  double weightDecay();

  /**
   * Returns whether a step changes neither weight nor moments where the gradient is zero, so that
   * it can leave out such weights.
   */
  default boolean keepsWithoutGradient() {
    return false;
  }

  /**
   * {@code torch.optim.SGD}.
   *
   * @param momentum 0 for none; the first step sets the buffer to {@code g}
   * @param nesterov look ahead: {@code g + momentum · buffer}
   */
  record Sgd(double momentum, boolean nesterov, double weightDecay) implements UpdateRule {
    @Override
    public int moments() {
      return momentum == 0 ? 0 : 1;
    }

    @Override
    public boolean keepsWithoutGradient() {
      return momentum == 0 && weightDecay == 0;
    }
  }

  /** {@code torch.optim.RMSprop}, neither centered nor with momentum. */
  record RmsProp(double alpha, double epsilon, double weightDecay) implements UpdateRule {
    @Override
    public int moments() {
      return 1;
    }
  }

  /** {@code torch.optim.Adagrad} without learning-rate decay, accumulator from 0. */
  record AdaGrad(double epsilon, double weightDecay) implements UpdateRule {
    @Override
    public int moments() {
      return 1;
    }

    @Override
    public boolean keepsWithoutGradient() {
      return weightDecay == 0;
    }
  }

  /**
   * {@code torch.optim.Adam}, or {@code AdamW} when the decay is decoupled: {@code w -= lr ·
   * weightDecay · w} instead of {@code g += weightDecay · w}.
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
      implements UpdateRule {
    @Override
    public int moments() {
      return 2;
    }
  }

  /**
   * The update of dynamic evaluation, {@code w += min(1, decay · r) · (w₀ - w) - lr · g / (r + ε)}
   * (Krause, Kahembwe, Murray and Renals, "Dynamic Evaluation of Neural Sequence Models", 2018).
   * Its moments are constants that the caller fills before step 1 and no step changes: the trained
   * weights {@code w₀}, and {@code r}, the root of the mean square of each gradient in training.
   * With {@code r = 1} and {@code ε = 0} it is SGD with decay towards the trained weights.
   *
   * @param decay what {@code r} is multiplied by for the fraction of the distance to the trained
   *     weights that a step goes back
   */
  record Anchored(double decay, double epsilon) implements UpdateRule {
    @Override
    public int moments() {
      return 2;
    }

    @Override
    public double weightDecay() {
      return 0;
    }
  }
}
