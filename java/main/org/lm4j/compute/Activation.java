package org.lm4j.compute;

/** Elementwise functions whose derivative can be told from their result. */
public enum Activation {
  /** {@code 1 / (1 + exp(-x))}; derivative {@code y (1 - y)}. */
  SIGMOID,
  /** {@code tanh x}; derivative {@code 1 - y²}. */
  TANH,
  /** {@code max(0, x)}; derivative 1 where {@code y > 0}, else 0. */
  RELU
}
