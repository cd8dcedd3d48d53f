package org.lm4j.nn;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/**
 * An affine layer, {@code y = x Wᵀ + b} for each row of {@code x}: {@code W (M, K)}, {@code b (M)}.
 */
public final class Affine {
  private final Backend backend;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates a layer over {@code weight (M, K)} and {@code bias (M)}, or null for no bias. */
  public Affine(Backend backend, Parameter weight, @Nullable Parameter bias) {
    this.backend = backend;
    this.weight = weight;
    this.bias = bias;
  }

  /** Returns {@code W}. */
  public Tensor weight() {
    return weight.value();
  }

  /**
   * Returns the bias {@code b}.
   *
   * @throws IllegalStateException if there is none
   */
  public Tensor bias() {
    if (bias == null) {
      throw new IllegalStateException(weight.name() + " comes without a bias");
    }
    return bias.value();
  }

  /**
   * Computes {@code y = x Wᵀ + b}.
   *
   * @param x {@code (N, K)}
   * @param y {@code (N, M)}; overwritten
   */
  public void forward(Tensor x, Tensor y) {
    if (bias == null) {
      backend.gemm(GemmOp.NT, 1, x, weight.value(), 0, y);
    } else {
      backend.affine(x, weight.value(), bias.value(), y);
    }
  }

  /**
   * Computes the cross-entropy of softmax of the outputs.
   *
   * @param x {@code (N, K)}
   * @param targets {@code I32 (N)}, each in [0, M) or {@code ignore}
   * @param logits {@code (R, M)}, memory for R rows at a time; undefined afterwards
   * @param loss {@code (N)}, in nats; overwritten, 0 where ignored
   */
  public void crossEntropy(Tensor x, Tensor targets, int ignore, Tensor logits, Tensor loss) {
    Tensor b = bias == null ? null : bias.value();
    backend.affineCrossEntropy(x, weight.value(), b, targets, ignore, logits, loss);
  }

  /**
   * Computes {@code dx = dy W}, {@code dW += dyᵀ x} and {@code db += Σ dy}.
   *
   * @param x the input of the forward pass, {@code (N, K)}
   * @param dy {@code (N, M)}
   * @param dx {@code (N, K)}; overwritten
   */
  public void backward(Tensor x, Tensor dy, Tensor dx) {
    inputGradient(dy, dx);
    backward(x, dy);
  }

  /**
   * Computes {@code dx = dy W} alone.
   *
   * @param dy {@code (N, M)}
   * @param dx {@code (N, K)}; overwritten
   */
  public void inputGradient(Tensor dy, Tensor dx) {
    backend.gemm(GemmOp.NN, 1, dy, weight.value(), 0, dx);
  }

  /**
   * Computes {@code dW += dyᵀ x} and {@code db += Σ dy}, for a layer whose input needs no gradient.
   */
  public void backward(Tensor x, Tensor dy) {
    if (bias == null) {
      backend.gemm(GemmOp.TN, 1, dy, x, 1, weight.gradient());
    } else {
      backend.affineGradients(x, dy, weight.gradient(), bias.gradient());
    }
  }
}
