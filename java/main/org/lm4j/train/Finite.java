package org.lm4j.train;

import org.lm4j.compute.BackendException;

/** Checks what a model computed before it is printed: no answer rests on what is not a number. */
public final class Finite {
  private Finite() {}

  /**
   * Checks a loss.
   *
   * @throws BackendException if it is not a finite number
   */
  public static void loss(double loss) {
    require("loss", loss);
  }

  /**
   * Checks the scores or probabilities of an answer.
   *
   * @throws BackendException if one is not a finite number
   */
  public static void scores(double... scores) {
    for (double score : scores) {
      require("score", score);
    }
  }

  private static void require(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new BackendException(
          ("a %s is %s, not a finite number: weights or inputs are too large for the arithmetic of"
                  + " this device; see whether the reference device, which computes in float64, can do"
                  + " it")
              .formatted(what, value));
    }
  }
}
