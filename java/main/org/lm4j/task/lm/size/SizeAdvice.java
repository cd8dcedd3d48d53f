package org.lm4j.task.lm.size;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Advice on the size of a language model, after the README of Karpathy's char-rnn: the number of
 * weights should be of the same order of magnitude as the number of characters of the training
 * text; a validation loss far above the training loss calls for more dropout or a smaller model; if
 * the two are about equal, a larger model does better. The thresholds are ours.
 */
public final class SizeAdvice {
  /** The weights per character below which a larger model is advised. */
  public static final double FEW = 0.05;

  /** The weights per character above which dropout is advised. */
  public static final double MANY = 2;

  /** The weights per character above which a smaller model is advised, whatever the dropout. */
  public static final double TOO_MANY = 50;

  /** The dropout above which many weights are in order. */
  public static final double ENOUGH_DROPOUT = 0.2;

  /**
   * The part of the training loss by which the validation loss of an overfitted model is higher.
   */
  public static final double OVERFITTED = 0.15;

  /** The part of the training loss up to which the two count as equal. */
  public static final double EQUAL = 0.02;

  private SizeAdvice() {}

  /**
   * Returns advice before training, in one sentence.
   *
   * @param weights of the model
   * @param characters of the training text
   * @param dropout of units
   * @return null if the size suits the text
   */
  public static @Nullable String before(long weights, long characters, double dropout) {
    if (characters <= 0) {
      return null;
    }
    double ratio = (double) weights / characters;
    if (ratio < FEW) {
      return String.format(
          Locale.ROOT,
          "%,d weights are few for %,d characters of training text: a larger model learns more",
          weights,
          characters);
    }
    String many =
        String.format(
            Locale.ROOT,
            "%,d weights are many for %,d characters of training text",
            weights,
            characters);
    if (ratio > TOO_MANY) {
      return many + ": take a smaller model, or more text";
    }
    return ratio > MANY && dropout < ENOUGH_DROPOUT
        ? many + ": the model may overfit; try a dropout of 0.5, or a smaller model"
        : null;
  }

  /**
   * Returns advice after training, in one sentence.
   *
   * @param training loss of the last steps, in nats
   * @param validation loss of the last validation, in nats
   * @return null if neither a larger nor a smaller model is likely to do better
   */
  public static @Nullable String after(double training, double validation) {
    if (!(training > 0) || !Double.isFinite(validation)) {
      return null;
    }
    double above = validation / training - 1;
    if (above > OVERFITTED) {
      return String.format(
          Locale.ROOT,
          "the validation loss, %.4f, is well above the training loss, %.4f: the model overfits;"
              + " try more dropout, a smaller model, or more text",
          validation,
          training);
    }
    return above < EQUAL
        ? String.format(
            Locale.ROOT,
            "the validation loss, %.4f, is not above the training loss, %.4f: a larger model, or"
                + " longer training, learns more",
            validation,
            training)
        : null;
  }
}
