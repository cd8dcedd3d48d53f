package org.lm4j.task.net;

import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.ClassLoss;

/**
 * The shape of a {@link TwoLayerNet}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#NET}
 * @param channels channels of a picture; the product of channels, height and width is the input
 *     width D
 * @param hidden width H of the hidden layer
 * @param classes number C of classes
 * @param loss label of a {@link ClassLoss}
 * @param dropout probability of dropping a hidden unit while training, in [0, 1)
 * @param reg λ of {@code ½λ ΣW²} over both matrices
 */
public record NetConfig(
    String kind,
    int channels,
    int height,
    int width,
    int hidden,
    int classes,
    String loss,
    double dropout,
    double reg) { // as flat as the file
  private static final long MOST = 1 << 24;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public NetConfig {
    ModelKind.NET.require(kind);
    if (channels < 1 || height < 1 || width < 1 || hidden < 1 || classes < 2) {
      throw new IllegalArgumentException(
          "extents and widths must be at least 1, and classes at least 2");
    }
    if ((double) channels * height * width > MOST || hidden > MOST || classes > MOST) {
      throw new IllegalArgumentException("extents, widths and classes are at most " + MOST);
    }
    double weights = (double) hidden * ((double) channels * height * width + classes);
    WeightLimit.require(weights, MOST * 16.0, "hidden");
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    if (!(reg >= 0 && reg < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("regularisation must not be negative: " + reg);
    }
    ClassLoss.of(loss);
  }

  /** Returns the width D of the input. */
  public int inputs() {
    return channels * height * width;
  }

  /** Returns the loss. */
  public ClassLoss classLoss() {
    return ClassLoss.of(loss);
  }
}
