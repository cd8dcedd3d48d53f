package org.lm4j.task.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.lm4j.compute.Cell;

/**
 * The intermediate values of one step of a cell, by name and in the order of computation:
 * pre-activations {@code a} and gates, each of width H.
 */
final class CellTrace {
  private final CellNumbers numbers;
  private final int hidden;
  private final Map<String, double[]> named = new LinkedHashMap<>();

  private CellTrace(CellNumbers numbers) {
    this.numbers = numbers;
    this.hidden = numbers.spec().hiddenSize();
  }

  /**
   * Computes the values of the step that reads {@code x} in the state {@code h}. A cell that is not
   * described in detail shows only the two affine maps of its input and its state.
   */
  static Map<String, double[]> of(CellNumbers numbers, double[] x, double[] h) {
    CellTrace trace = new CellTrace(numbers);
    double[] input = affine(numbers.get("W"), x, numbers.get("b"));
    double[] recurrent =
        numbers.spec().cell().hasRecurrentWeights()
            ? affine(numbers.get("U"), h, numbers.get("bU"))
            : new double[0];
    trace.add(numbers.spec().cell(), input, recurrent);
    return trace.named;
  }

  private void add(Cell cell, double[] input, double[] recurrent) {
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
        named.put("W x + b", input);
        if (recurrent.length > 0) {
          named.put("U h + bU", recurrent);
        }
      }
    }
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
    double[] a = get("a_" + gate);
    double[] y = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      y[j] = f.applyAsDouble(a[j]);
    }
    named.put(gate, y);
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
