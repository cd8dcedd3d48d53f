package org.lm4j.compute;

/** Elementwise functions whose derivative follows from their result. */
public enum Activation {
  /** The logistic function {@code 1 / (1 + exp(-x))}, with derivative {@code y (1 - y)}. */
  SIGMOID,
  /** {@code tanh x}, with derivative {@code 1 - y²}. */
  TANH,
  /** The ReLU function {@code max(0, x)}, with derivative 1 where {@code y > 0}, else 0. */
  RELU
}
