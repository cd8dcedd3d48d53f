package org.lm4j.compute;

import java.util.Locale;
import org.lm4j.tensor.DType;

/**
 * The number format in which a device multiplies. Weights, gradients, moments, losses and every sum
 * are float32 in all of them.
 */
public enum Precision {
  /** Factors in float32, 24 bits. */
  FP32(0x1p-23),
  /** Factors rounded to 11 bits, with float32's range, as tensor cores take them. */
  TF32(0x1p-10),
  /** Factors kept and rounded to bfloat16, 8 bits: half the memory to move. */
  BF16(0x1p-7),
  /**
   * Factors rounded to whole steps, 127 of which are the largest magnitude of a weight's row or of
   * the activations: for decoders on a CPU.
   */
  INT8(1 / 127.0);

  private final double epsilon;

  Precision(double epsilon) {
    this.epsilon = epsilon;
  }

  /** Returns the distance from 1 to the next factor; in int8 if 1 is the largest. */
  public double epsilon() {
    return epsilon;
  }

  /**
   * Returns the name of the numbers in which a backend multiplies: {@code fp32}, {@code tf32},
   * {@code bf16}, {@code int8}, or {@code fp64} of one that computes in float64.
   */
  public static String nameOf(Backend backend) {
    if (backend.dtype() == DType.F64) {
      return "fp64";
    }
    for (Precision precision : values()) {
      if (precision.epsilon == backend.productEpsilon()) {
        return precision.toString();
      }
    }
    throw new IllegalArgumentException(
        "no precision has the distance " + backend.productEpsilon() + " of " + backend.name());
  }

  /** Returns whether a backend only decodes, token by token, and has no tapes: in {@link #INT8}. */
  public static boolean onlyDecodes(Backend backend) {
    return backend.productEpsilon() == INT8.epsilon;
  }

  /** Returns the name users write: {@code fp32}, {@code tf32}, {@code bf16}, {@code int8}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
