package org.lm4j.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;

/**
 * An operation on given data, run by a candidate and by the reference on the same inputs (rounded
 * to float32 first if that is what the candidate computes in). All tensors are compared afterwards,
 * inputs too, since an operation must leave those alone; NaN and infinities must be in the same
 * places.
 *
 * <p>The tolerance is {@code 8 ε (1 + √K)}, relative to the largest magnitude of the tensor, where
 * {@code ε} is the distance from 1 to the next number of the candidate's type, or of the one it
 * rounds factors to, and {@code K} counts the additions behind one element. Each addition and each
 * function value errs by about ε/2 of its partial result, with signs that vary, so that errors grow
 * as √K; K·ε would be the proven bound, but is so wide at large K that a dropped tail would pass.
 * The 8 leaves room for approximated functions (some ε each) and for elements that cancel.
 */
public final class ParityCase implements Case {
  /** The operation to run. */
  @FunctionalInterface
  public interface Action {
    /** Runs one operation, or a chain of them, on the tensors of the case. */
    void run(Backend backend, PreparedCase tensors);
  }

  private static final double SLACK = 8;

  private final String operation;
  private final String name;
  private final List<Operand> operands;
  private final double reduction;
  private final boolean products;
  private final Action action;

  private ParityCase(Builder builder, Action action) {
    this.operation = builder.operation;
    this.name = builder.name;
    this.operands = List.copyOf(builder.operands);
    this.reduction = builder.reduction;
    this.products = builder.products;
    this.action = action;
  }

  List<Operand> operands() {
    return operands;
  }

  @Override
  public String operation() {
    return operation;
  }

  @Override
  public String name() {
    return name;
  }

  /** Its tensors on {@code backend}, to be run as often as wanted. The caller closes it. */
  public PreparedCase prepare(Backend backend) {
    return new PreparedCase(backend, operands, action);
  }

  @Override
  public CaseResult run(Backend candidate) {
    return run(candidate, expected(candidate.dtype()));
  }

  /**
   * What the reference makes of a case.
   *
   * @param of the case
   * @param dtype what its inputs were rounded to
   * @param content of every tensor of numbers afterwards, by name
   */
  record Expected(ParityCase of, DType dtype, Map<String, double[]> content) {}

  /** Runs the reference, for any number of candidates that compute in {@code dtype}. */
  Expected expected(DType dtype) {
    Map<String, double[]> content = new HashMap<>();
    try (ReferenceBackend reference = new ReferenceBackend();
        PreparedCase tensors = new PreparedCase(reference, inputs(dtype), action)) {
      tensors.run();
      for (Operand operand : operands) {
        if (!operand.ids) {
          content.put(operand.name, tensors.read(operand.name));
        }
      }
    }
    return new Expected(this, dtype, content);
  }

  /**
   * Runs the candidate and compares.
   *
   * @throws IllegalArgumentException if that is expected of another case or type
   */
  CaseResult run(Backend candidate, Expected expected) {
    if (expected.of != this || expected.dtype != candidate.dtype()) {
      throw new IllegalArgumentException("not what is expected of " + candidate.name());
    }
    double ownEpsilon = candidate.dtype() == DType.F32 ? Math.ulp(1.0f) : Math.ulp(1.0);
    double epsilon = products ? candidate.productEpsilon() : ownEpsilon;
    double tolerance = SLACK * epsilon * (1 + Math.sqrt(reduction));
    Comparison comparison = new Comparison();
    String damage = "";
    try (PreparedCase tensors = new PreparedCase(candidate, inputs(candidate.dtype()), action)) {
      tensors.run();
      for (Operand operand : operands) {
        if (!operand.ids) {
          PreparedCase.WithMargins actual = tensors.readWithMargins(operand.name);
          comparison.add(
              operand.name,
              Objects.requireNonNull(expected.content.get(operand.name)),
              actual.content());
          damage = damage.isEmpty() ? actual.damage() : damage;
        }
      }
    }
    if (!damage.isEmpty()) {
      return new CaseResult(operation, name, Double.POSITIVE_INFINITY, tolerance, false, damage);
    }
    double error = comparison.error();
    return new CaseResult(
        operation, name, error, tolerance, error <= tolerance, comparison.where());
  }

  private List<Operand> inputs(DType dtype) {
    return dtype == DType.F32 ? operands.stream().map(ParityCase::rounded).toList() : operands;
  }

  private static Operand rounded(Operand operand) {
    double[] values = operand.values.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) values[i];
    }
    return new Operand(operand.name, operand.ids, operand.shape, values);
  }

  /** Puts a case together; its data depend on seed, operation and name alone. */
  static final class Builder {
    private final String operation;
    private final String name;
    private final List<Operand> operands = new ArrayList<>();
    private final SplittableRandom random;
    private double reduction = 1;
    private boolean products;

    Builder(String operation, String name, long seed) {
      this.operation = operation;
      this.name = name;
      this.random = new SplittableRandom(seed * 31 + (operation + name).hashCode());
    }

    /** Sets how many additions are behind one element of a result. */
    Builder reduction(double additions) {
      reduction = additions;
      return this;
    }

    /** Marks the operation as made of matrix products, whose factors a backend may round. */
    Builder products() {
      products = true;
      return this;
    }

    /**
     * Adds an operand with numbers uniform in [-0.5, 1): of both signs, yet sums of products are
     * not near zero, where a relative error would be meaningless.
     */
    Builder numbers(String operand, int... dims) {
      return numbers(operand, () -> random.nextDouble() * 1.5 - 0.5, dims);
    }

    /** Adds an operand with numbers uniform in [from, to). */
    Builder uniform(String operand, double from, double to, int... dims) {
      return numbers(operand, () -> random.nextDouble(from, to), dims);
    }

    /** Adds an operand with numbers from {@code values}. */
    Builder numbers(String operand, DoubleSupplier values, int... dims) {
      Shape shape = Shape.of(dims);
      double[] all = new double[Math.toIntExact(shape.size())];
      for (int i = 0; i < all.length; i++) {
        all[i] = values.getAsDouble();
      }
      operands.add(new Operand(operand, false, shape, all));
      return this;
    }

    /** Ids below {@code limit}; about one in eight is {@code other} instead. */
    Builder ids(String operand, int limit, int other, int count) {
      double[] all = new double[count];
      for (int i = 0; i < count; i++) {
        all[i] = random.nextInt(8) == 0 ? other : random.nextInt(limit);
      }
      operands.add(new Operand(operand, true, Shape.of(count), all));
      return this;
    }

    /** Puts {@code special} values into the operand added last, at places spread over it. */
    Builder with(double... special) {
      return with(operands.getLast(), special);
    }

    /** Puts one value into the middle of an operand. */
    Builder with(String operand, double special) {
      for (Operand each : operands) {
        if (each.name.equals(operand)) {
          return with(each, special);
        }
      }
      throw new IllegalArgumentException("no operand " + operand + " in " + name);
    }

    private Builder with(Operand operand, double... special) {
      double[] values = operand.values;
      for (int i = 0; i < special.length && i < values.length; i++) {
        values[(int) ((long) (i + 1) * values.length / (special.length + 1))] = special[i];
      }
      return this;
    }

    GradientCase differentiates(List<String> of, GradientCase.Loss loss, Action gradient) {
      return new GradientCase(new ParityCase(this, gradient), of, loss);
    }

    ParityCase runs(Action action) {
      return new ParityCase(this, action);
    }
  }
}
