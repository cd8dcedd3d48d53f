package org.lm4j.optim;

/**
 * Gradient clipping by norm and by value. Both may be on; values are clipped first.
 *
 * @param norm limit of the Euclidean norm of all gradients together; infinity for none
 * @param value limit of each element's absolute value; infinity for none
 */
public record Clipping(double norm, double value) {
  /** No clipping. */
  public static final Clipping NONE =
      new Clipping(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a limit is not positive
   */
  public Clipping {
    if (!(norm > 0 && value > 0)) {
      throw new IllegalArgumentException("clipping limits must be positive");
    }
  }
}
