package org.lm4j.task.net;

import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.model.WeightLimit;
import org.lm4j.nn.ClassLoss;
import org.lm4j.train.TrainingDefaults;

/**
 * The shape of a {@link TwoLayerNet}, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#NET}
 * @param form of a picture; the product of its extents is the input width D
 * @param hidden width H of the hidden layer
 * @param classes number C of classes
 * @param loss label of a {@link ClassLoss}
 * @param dropout probability of dropping a hidden unit while training, in [0, 1)
 * @param reg λ of {@code ½λ ΣW²} over both matrices
 */
public record NetConfig(
    String kind,
    @Flat ImageFormat form,
    int hidden,
    int classes,
    String loss,
    double dropout,
    double reg) {
  /** The training defaults, with rates for inputs in [-1, 1] and mean losses. */
  public static final TrainingDefaults TRAINING =
      TrainingDefaults.of("pictures", 50, 10, new TrainingDefaults.Rates(1e-3, 0.01, 0.05, 0.5));

  private static final long MOST = 1 << 24;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public NetConfig {
    ModelKind.NET.require(kind);
    int least = Math.min(form.channels(), Math.min(form.height(), form.width()));
    double inputs = (double) form.channels() * form.height() * form.width();
    if (least < 1 || hidden < 1 || classes < 2) {
      throw new IllegalArgumentException(
          "extents and widths must be at least 1, and classes at least 2");
    }
    if (inputs > MOST || hidden > MOST || classes > MOST) {
      throw new IllegalArgumentException("extents, widths and classes are at most " + MOST);
    }
    double weights = hidden * (inputs + classes);
    WeightLimit.require(weights, MOST * 16.0, "hidden");
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
    }
    if (!(reg >= 0 && reg < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("regularisation must not be negative: " + reg);
    }
    ClassLoss.of(loss);
  }

  /** Returns the default net, for pictures of one pixel and two classes. */
  public static NetConfig defaults() {
    ImageFormat form = new ImageFormat(1, 1, 1);
    return new NetConfig(ModelKind.NET.label(), form, 100, 2, ClassLoss.SOFTMAX.label(), 0, 0);
  }

  /** Returns the default net for pictures of this form and with these classes. */
  public static NetConfig of(LabelledImages images) {
    NetConfig usual = defaults();
    return new NetConfig(
        usual.kind,
        images.form(),
        usual.hidden,
        images.classes().size(),
        usual.loss,
        usual.dropout,
        usual.reg);
  }

  /** Returns the width D of the input. */
  public int inputs() {
    return form.channels() * form.height() * form.width();
  }

  /** Returns the loss. */
  public ClassLoss classLoss() {
    return ClassLoss.of(loss);
  }
}
