package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * One recurrent layer over a few time steps with every number shown, and the gradient of every
 * array computed twice: by backpropagation through time, and by central differences {@code (E(v +
 * δ) - E(v - δ)) / 2δ} with {@code δ = 1e-5}, where {@code E = Σ dh[t]·h[t] + dc[T]·c[T]} over
 * given {@code dh} and {@code dc}. The check is that of Stanford's course CS231n.
 *
 * @param numbers what it begins with
 * @param forward one for each time step
 * @param gradients of {@code x}, {@code h}, {@code c} if there is one, {@code W}, {@code U}, {@code
 *     b} and {@code bU}
 */
public record WorkedExample(CellNumbers numbers, List<Step> forward, List<Gradient> gradients) {
  /** The largest relative error of a gradient that passes. */
  public static final double TOLERANCE = 1e-6;

  private static final double DELTA = 1e-5;

  /**
   * The rounding error in E divided by δ: smaller differences are not errors, however small the
   * gradient.
   */
  private static final double ROUNDING = 1e-9;

  private static final double LEAST = 1e-8; // as in the course, so that 0 over 0 is 0

  /** Copies the lists. */
  public WorkedExample {
    forward = List.copyOf(forward);
    gradients = List.copyOf(gradients);
  }

  /**
   * One time step.
   *
   * @param between pre-activations and gates by name, {@code (H)} each, in the order of computation
   * @param h hidden state after the step, {@code (H)}
   * @param c cell state after the step, {@code (H)}, or null if the cell has none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Step(Map<String, double[]> between, double[] h, double @Nullable [] c) {}

  /**
   * The gradient of E with respect to one array.
   *
   * @param of name of the array in {@link CellNumbers#values}
   * @param analytic by backpropagation
   * @param numeric by central differences; NaN where a unit is switched on or off between the two
   *     points, so that E has a kink there
   * @param negligible an absolute difference that rounding alone explains
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Gradient(String of, double[] analytic, double[] numeric, double negligible) {
    /**
     * Returns {@code |analytic - numeric| / max(|analytic| + |numeric|, 1e-8)} of element {@code
     * i}.
     */
    public double relativeError(int i) {
      double difference = Math.abs(analytic[i] - numeric[i]);
      return difference / Math.max(LEAST, Math.abs(analytic[i]) + Math.abs(numeric[i]));
    }

    /** Returns the largest relative error of all elements that are not at a kink. */
    public double largestError() {
      double largest = 0;
      for (int i = 0; i < analytic.length; i++) {
        largest = isKink(i) ? largest : Math.max(largest, relativeError(i));
      }
      return largest;
    }

    /** Returns whether there is no numeric gradient of element {@code i} to compare with. */
    public boolean isKink(int i) {
      return Double.isNaN(numeric[i]) && !Double.isNaN(analytic[i]);
    }

    /** Returns whether the two gradients agree in element {@code i}, within the rounding error. */
    public boolean agrees(int i) {
      return isKink(i)
          || relativeError(i) <= TOLERANCE
          || Math.abs(analytic[i] - numeric[i]) <= negligible;
    }

    /** Returns whether the two gradients agree in each element. */
    public boolean passes() {
      for (int i = 0; i < analytic.length; i++) {
        if (!agrees(i)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Returns whether all gradients pass. */
  public boolean passes() {
    return gradients.stream().allMatch(Gradient::passes);
  }

  /** Returns the equations of the cell, a line each; empty for a cell without printed equations. */
  public List<String> equations() {
    return CellTrace.equations(numbers.spec().cell());
  }

  /** Returns the names of the blocks of H rows of W, U, b and bU, in their order. */
  public List<String> gates() {
    return CellTrace.gates(numbers.spec().cell());
  }

  /**
   * Computes the example of these numbers.
   *
   * @param backend computes in float64
   * @throws IllegalArgumentException if it does not
   */
  public static WorkedExample of(Backend backend, CellNumbers numbers) {
    if (backend.dtype() != DType.F64) {
      throw new IllegalArgumentException(
          "numeric gradients need float64, not the backend " + backend.name());
    }
    try (Calculation calculation = new Calculation(backend, numbers)) {
      return new WorkedExample(numbers, calculation.steps(), calculation.gradients());
    }
  }

  /** The layer on a backend, for one sequence. */
  private static final class Calculation implements AutoCloseable {
    private final Backend backend;
    private final CellNumbers numbers;
    private final int hidden;
    private final Parameters parameters;
    private final Recurrent layer;
    private final RnnTape tape;
    private final OwnedTensors owned;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>(); // by name of the array
    private final Map<String, Tensor> gradients = new LinkedHashMap<>();
    private final RnnInOut inOut;

    Calculation(Backend backend, CellNumbers numbers) {
      this.backend = backend;
      this.owned = new OwnedTensors(backend);
      this.numbers = numbers;
      RnnSpec spec = numbers.spec();
      this.hidden = spec.hiddenSize();
      this.parameters = new Parameters.Builder().add("", backend, spec).allocate(backend, true);
      this.layer = new Recurrent(backend, spec, parameters, "", 0);
      this.tape = layer.tape(numbers.steps(), 1, true);
      RnnState initial = state("h", "c", tensors);
      RnnState dInitial = state("h", "c", gradients);
      Tensor x = owned.floats(numbers.steps(), 1, spec.inputSize());
      tensors.put("x", x);
      gradients.put("x", owned.floats(numbers.steps(), 1, spec.inputSize()));
      Map<String, String> names =
          spec.cell().hasRecurrentWeights()
              ? Map.of(
                  "W", "weight_ih_l0", "U", "weight_hh_l0", "b", "bias_ih_l0", "bU", "bias_hh_l0")
              : Map.of("W", "weight_ih_l0", "b", "bias_ih_l0");
      names.forEach((name, full) -> tensors.put(name, parameters.get(full).value()));
      names.forEach((name, full) -> gradients.put(name, parameters.get(full).gradient()));
      Tensor y = owned.floats(numbers.steps(), 1, hidden);
      this.inOut = new RnnInOut(x, initial, y, state("last h", "last c", tensors));
      tensors.keySet().stream().filter(numbers.values()::containsKey).forEach(this::load);
      backpropagate(dInitial);
    }

    private RnnState state(String h, String c, Map<String, Tensor> into) {
      RnnState state = owned.add(layer.newState(1));
      into.put(h, state.h());
      if (state.c() != null) {
        into.put(c, state.cell());
      }
      return state;
    }

    private void load(String name) {
      set(tensor(name), numbers.get(name));
    }

    private static void set(Tensor tensor, double[] values) {
      for (int i = 0; i < values.length; i++) {
        tensor.set(i, values[i]);
      }
    }

    private Tensor tensor(String name) {
      Tensor tensor = tensors.get(name);
      if (tensor == null) {
        throw new IllegalArgumentException("no array " + name);
      }
      return tensor;
    }

    private void backpropagate(RnnState dInitial) {
      RnnState dLast = owned.add(layer.newState(1));
      Tensor dy = owned.floats(numbers.steps(), 1, hidden);
      set(dy, numbers.get("dh"));
      if (dLast.c() != null) {
        set(dLast.cell(), numbers.get("dc"));
      }
      backend.fill(parameters.gradients(), 0);
      layer.forward(tape, inOut, null);
      layer.backward(tape, layer.gradients(dy, dLast, gradients.get("x"), dInitial));
    }

    /** Returns the states step by step, each computed from a separate window. */
    List<Step> steps() {
      List<Step> steps = new ArrayList<>();
      int width = numbers.spec().inputSize();
      double[] h = numbers.get("h");
      double[] c = numbers.spec().cell().hasCellState() ? numbers.get("c") : null;
      for (int t = 1; t <= numbers.steps(); t++) {
        double[] x = Arrays.copyOfRange(numbers.get("x"), (t - 1) * width, t * width);
        Map<String, double[]> between = CellTrace.of(numbers, x, h, c);
        h = states(t, "last h");
        c = c == null ? null : states(t, "last c");
        steps.add(new Step(between, h, c));
      }
      return steps;
    }

    /** Returns a state after the first {@code t} steps. */
    private double[] states(int t, String name) {
      try (RnnTape some = layer.tape(t, 1, false)) {
        Tensor x = inOut.x().view(0, t, 1, numbers.spec().inputSize());
        Tensor y = inOut.y().view(0, t, 1, hidden);
        layer.forward(some, new RnnInOut(x, inOut.initial(), y, inOut.last()), null);
        return tensor(name).toArray();
      }
    }

    List<Gradient> gradients() {
      List<Gradient> all = new ArrayList<>();
      double negligible = ROUNDING * Math.max(1, Math.abs(loss()));
      for (String name : numbers.values().keySet()) {
        Tensor analytic = gradients.get(name);
        if (analytic != null) {
          all.add(new Gradient(name, analytic.toArray(), numeric(tensor(name)), negligible));
        }
      }
      return all;
    }

    private double[] numeric(Tensor v) {
      double[] numeric = new double[Math.toIntExact(v.size())];
      boolean[] active = active();
      for (int i = 0; i < numeric.length; i++) {
        double value = v.get(i);
        v.set(i, value + DELTA);
        double above = loss();
        boolean kink = !Arrays.equals(active, active());
        v.set(i, value - DELTA);
        double below = loss();
        kink |= !Arrays.equals(active, active());
        v.set(i, value);
        numeric[i] = kink ? Double.NaN : (above - below) / (2 * DELTA);
      }
      loss();
      return numeric;
    }

    /** Returns which units of {@code max(0, a)} are active; none for other cells. */
    private boolean[] active() {
      boolean[] active = new boolean[numbers.steps() * hidden];
      if (numbers.spec().cell() == Cell.RNN_RELU) {
        for (int i = 0; i < active.length; i++) {
          active[i] = inOut.y().get(i) > 0;
        }
      }
      return active;
    }

    /** Returns the loss E. */
    private double loss() {
      layer.forward(tape, inOut, null);
      double loss = dot(inOut.y(), numbers.get("dh"));
      return inOut.last().c() == null ? loss : loss + dot(inOut.last().cell(), numbers.get("dc"));
    }

    private static double dot(Tensor y, double[] dy) {
      double sum = 0;
      for (int i = 0; i < dy.length; i++) {
        sum += y.get(i) * dy[i];
      }
      return sum;
    }

    @Override
    public void close() {
      tape.close();
      owned.close();
      parameters.close();
    }
  }
}
