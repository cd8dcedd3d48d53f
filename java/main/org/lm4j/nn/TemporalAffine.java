package org.lm4j.nn;

import org.lm4j.tensor.Tensor;

/**
 * An affine layer at each time step, {@code y[t, b] = W x[t, b] + b}: from hidden states to scores
 * of words. Time-major sequences {@code (T, B, ·)} are {@code T·B} rows one after the other, so
 * this is {@link Affine} over those rows.
 */
public final class TemporalAffine {
  private final Affine affine;

  /** Creates a temporal layer from one for single rows. */
  public TemporalAffine(Affine affine) {
    this.affine = affine;
  }

  /**
   * Computes {@code y[t, b] = W x[t, b] + b}.
   *
   * @param x {@code (T, B, K)}
   * @param y {@code (T, B, M)}; overwritten
   */
  public void forward(Tensor x, Tensor y) {
    affine.forward(rows(x), rows(y));
  }

  /**
   * Computes the gradients, as {@link Affine#backward} does.
   *
   * @param x the input of the forward pass, {@code (T, B, K)}
   * @param dy {@code (T, B, M)}
   * @param dx {@code (T, B, K)}; overwritten
   */
  public void backward(Tensor x, Tensor dy, Tensor dx) {
    affine.backward(rows(x), rows(dy), rows(dx));
  }

  /**
   * Returns a sequence as rows.
   *
   * @throws IllegalArgumentException if it is not of rank 3
   */
  public static Tensor rows(Tensor sequence) {
    if (sequence.shape().rank() != 3) {
      throw new IllegalArgumentException(sequence + " is not a sequence (T, B, ·)");
    }
    int rows = Math.multiplyExact(sequence.shape().dim(0), sequence.shape().dim(1));
    return sequence.reshape(rows, sequence.shape().dim(2));
  }
}
