package org.lm4j.verify;

import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * The gradients of an operation compared with central differences of the same operation, {@code
 * (loss(x + δ) - loss(x - δ)) / 2δ}, element by element.
 *
 * <p>With {@code δ = 1e-5} the neglected term is of the order δ² = 1e-10 and rounding adds about
 * 1e-16 / δ = 1e-11: both far below the tolerance in float64, and hopeless in float32, which is why
 * only a float64 backend can be judged so.
 */
public final class GradientCase implements Case {
  /** Largest relative error allowed. */
  public static final double TOLERANCE = 1e-7;

  private static final double DELTA = 1e-5;

  /** The number whose gradients are meant. */
  @FunctionalInterface
  interface Loss {
    /** Returns the loss, without changing any tensor it depends on. */
    double of(Backend backend, PreparedCase tensors);
  }

  private final ParityCase gradient;
  private final List<String> variables;
  private final Loss loss;

  GradientCase(ParityCase gradient, List<String> variables, Loss loss) {
    this.gradient = gradient;
    this.variables = variables;
    this.loss = loss;
  }

  @Override
  public String operation() {
    return gradient.operation();
  }

  @Override
  public String name() {
    return "numeric gradient, " + gradient.name();
  }

  /** Returns the tensor that holds the gradient of {@code variable}. */
  static String gradientOf(String variable) {
    return variable.equals("x")
        ? "dx"
        : "d" + Character.toUpperCase(variable.charAt(0)) + variable.substring(1);
  }

  @Override
  public CaseResult run(Backend candidate) {
    if (candidate.dtype() != DType.F64) {
      throw new IllegalArgumentException(
          "numeric gradients need a float64 backend, not " + candidate.name());
    }
    Comparison comparison = new Comparison();
    try (PreparedCase numeric = gradient.prepare(candidate);
        PreparedCase analytic = gradient.prepare(candidate)) {
      for (String variable : variables) {
        candidate.fill(analytic.get(gradientOf(variable)), 0);
      }
      analytic.run();
      for (String variable : variables) {
        comparison.add(
            gradientOf(variable),
            differences(candidate, numeric, variable),
            analytic.read(gradientOf(variable)));
      }
    }
    double error = comparison.error();
    return new CaseResult(
        operation(), name(), error, TOLERANCE, error <= TOLERANCE, comparison.where());
  }

  private double[] differences(Backend backend, PreparedCase tensors, String variable) {
    Tensor x = tensors.get(variable);
    double[] differences = new double[Math.toIntExact(x.size())];
    for (int i = 0; i < differences.length; i++) {
      double value = x.get(i);
      x.set(i, value + DELTA);
      double above = loss.of(backend, tensors);
      x.set(i, value - DELTA);
      double below = loss.of(backend, tensors);
      x.set(i, value);
      differences[i] = (above - below) / (2 * DELTA);
    }
    return differences;
  }
}
