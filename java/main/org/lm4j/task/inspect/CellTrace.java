package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.compute.StepGraph;

/**
 * The intermediate values of one step of a cell, by name and in the order of computation:
 * pre-activations {@code a} and gates, each of width H.
 */
final class CellTrace {
  private final int hidden;
  private final Map<String, double[]> named = new LinkedHashMap<>();

  private CellTrace(CellNumbers numbers) {
    this.hidden = numbers.spec().hiddenSize();
  }

  /**
   * Computes the values of the step that reads {@code x} in the state {@code h} and {@code c},
   * which is null for a cell without a cell state. A cell that is not described in detail here
   * shows the named terms of its equations.
   */
  static Map<String, double[]> of(
      CellNumbers numbers, double[] x, double[] h, double @Nullable [] c) {
    CellTrace trace = new CellTrace(numbers);
    double[] input = affine(numbers.get("W"), x, numbers.get("b"));
    double[] recurrent =
        numbers.spec().cell().hasRecurrentWeights()
            ? affine(numbers.get("U"), h, numbers.get("bU"))
            : new double[0];
    if (!trace.add(numbers.spec().cell(), input, recurrent)) {
      trace.evaluate(numbers.spec().cell().equations(), List.of(input, recurrent), h, c);
    }
    return trace.named;
  }

  /** Adds the values of a cell that is described in detail; returns whether it is. */
  private boolean add(Cell cell, double[] input, double[] recurrent) {
    switch (cell) {
      case RNN_TANH, RNN_RELU -> sum("a", 0, input, recurrent);
      case LSTM -> {
        List<String> gates = gates(cell);
        for (int gate = 0; gate < gates.size(); gate++) {
          sum("a_" + gates.get(gate), gate, input, recurrent);
        }
        for (String gate : gates) {
          activate(gate, gate.equals("g") ? StrictMath::tanh : CellTrace::sigmoid);
        }
      }
      case GRU -> {
        sum("a_r", 0, input, recurrent);
        sum("a_z", 1, input, recurrent);
        activate("r", CellTrace::sigmoid);
        activate("z", CellTrace::sigmoid);
        double[] product = block(2, recurrent);
        double[] candidate = block(2, input);
        for (int j = 0; j < hidden; j++) {
          candidate[j] += get("r")[j] * product[j];
        }
        named.put("u_n", product);
        named.put("a_n", candidate);
        activate("n", StrictMath::tanh);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds the named terms of the equations of any cell, each after what its activation is applied
   * to.
   *
   * @param affine {@code W x + b} and {@code U h + bU}
   */
  private void evaluate(
      StepGraph equations, List<double[]> affine, double[] h, double @Nullable [] c) {
    List<double[]> values = new ArrayList<>();
    for (StepGraph.Node node : equations.nodes()) {
      int left = node.left();
      values.add(
          switch (node.op()) {
            case INPUT -> block(left, affine.getFirst());
            case RECURRENT -> block(left, affine.getLast());
            case HIDDEN -> h;
            case CELL -> Objects.requireNonNull(c);
            case SIGMOID -> map(values.get(left), CellTrace::sigmoid);
            case TANH -> map(values.get(left), StrictMath::tanh);
            case RELU -> map(values.get(left), a -> Math.max(0, a));
            case ONE_MINUS -> map(values.get(left), a -> 1 - a);
            case ADD -> combine(values.get(left), values.get(node.right()), Double::sum);
            case MULTIPLY -> combine(values.get(left), values.get(node.right()), (x, y) -> x * y);
          });
    }
    equations
        .named()
        .forEach(
            (name, at) -> {
              StepGraph.Node node = equations.nodes().get(at);
              if (node.op() == StepGraph.Op.SIGMOID || node.op() == StepGraph.Op.TANH) {
                named.put("a_" + name, values.get(node.left()));
              }
              named.put(name, values.get(at));
            });
  }

  /** Returns the names of the blocks of H rows of a cell's weights, in their order. */
  static List<String> gates(Cell cell) {
    return RecurrentSpectrum.gateNames(cell);
  }

  /** Returns the equations of a cell, a line each. */
  static List<String> equations(Cell cell) {
    return switch (cell) {
      case RNN_TANH -> List.of("a = W x[t] + b + U h[t-1] + bU", "h[t] = tanh(a)");
      case RNN_RELU -> List.of("a = W x[t] + b + U h[t-1] + bU", "h[t] = max(0, a)");
      case LSTM ->
          List.of(
              "a_k = W_k x[t] + b_k + U_k h[t-1] + bU_k   for k = i, f, g, o",
              "i = σ(a_i)   f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)",
              "c[t] = f ⊙ c[t-1] + i ⊙ g",
              "h[t] = o ⊙ tanh(c[t])");
      case GRU ->
          List.of(
              "a_k = W_k x[t] + b_k + U_k h[t-1] + bU_k   for k = r, z",
              "r = σ(a_r)   z = σ(a_z)   u_n = U_n h[t-1] + bU_n",
              "a_n = W_n x[t] + b_n + r ⊙ u_n   n = tanh(a_n)",
              "h[t] = (1 - z) ⊙ n + z ⊙ h[t-1]");
      default -> cell.equations().lines();
    };
  }

  private double[] get(String name) {
    double[] found = named.get(name);
    if (found == null) {
      throw new IllegalStateException("not computed yet: " + name);
    }
    return found;
  }

  private double[] block(int gate, double[] rows) {
    double[] block = new double[hidden];
    System.arraycopy(rows, gate * hidden, block, 0, hidden);
    return block;
  }

  private void sum(String name, int gate, double[] input, double[] recurrent) {
    double[] sum = block(gate, input);
    for (int j = 0; j < hidden; j++) {
      sum[j] += recurrent[gate * hidden + j];
    }
    named.put(name, sum);
  }

  private void activate(String gate, DoubleUnaryOperator f) {
    named.put(gate, map(get("a_" + gate), f));
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    return DoubleStream.of(x).map(f).toArray();
  }

  private static double[] combine(double[] x, double[] y, DoubleBinaryOperator f) {
    double[] z = new double[x.length];
    for (int j = 0; j < z.length; j++) {
      z[j] = f.applyAsDouble(x[j], y[j]);
    }
    return z;
  }

  private static double sigmoid(double a) {
    return 1 / (1 + StrictMath.exp(-a));
  }

  /** Returns {@code y = M x + bias}. */
  private static double[] affine(double[] matrix, double[] x, double[] bias) {
    double[] y = bias.clone();
    for (int row = 0; row < y.length; row++) {
      for (int column = 0; column < x.length; column++) {
        y[row] += matrix[row * x.length + column] * x[column];
      }
    }
    return y;
  }
}
