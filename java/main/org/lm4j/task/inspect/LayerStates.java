package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.StepGraph;
import org.lm4j.nn.Affine;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * One recurrent layer that reads a text and shows every state and gate. The backend computes the
 * hidden states and the products; cell states and gates follow from them by the cell's equations in
 * float64. It computes with a copy of the layer's weights.
 */
final class LayerStates implements AutoCloseable {
  private final Backend backend;
  private final StepGraph equations;
  private final int inputSize;
  private final int hidden;
  private final int gateRows;
  private final boolean recurs;
  private final Parameters parameters;
  private final Recurrent recurrent;
  private final Affine input;
  private final @Nullable Affine states;
  private final Workspaces<Integer, Memory> memories;
  private final OwnedTensors owned;
  private RnnState before;
  private RnnState after;
  private double[] h; // the state before the window
  private double[] c;

  /** Receives the values of one step. */
  interface Taker {
    /**
     * Receives a step of the window.
     *
     * @param step from 0
     * @param values one array of H for each of {@link #names}; not kept
     */
    void step(int step, List<double[]> values);
  }

  /** The memory of windows of one length. */
  private final class Memory implements AutoCloseable {
    final OwnedTensors owned = new OwnedTensors(backend);
    final RnnTape tape;
    final Tensor y; // (T, 1, H)
    final Tensor shifted; // (T, H), the hidden state before each step
    final Tensor a; // (T, G·H), W x + b
    final Tensor u; // (T, G·H), U h + bU

    Memory(int steps) {
      this.tape = recurrent.tape(steps, 1, false);
      this.y = owned.floats(steps, 1, hidden);
      this.shifted = owned.floats(steps, hidden);
      this.a = owned.floats(steps, gateRows);
      this.u = owned.floats(steps, gateRows);
    }

    @Override
    public void close() {
      tape.close();
      owned.close();
    }
  }

  /** Creates the reader of layer {@code layer} of {@code model}, from 0, at a state of zero. */
  LayerStates(LanguageModelNetwork model, int layer) {
    this.backend = model.backend();
    RnnSpec stack = model.config().rnn();
    RnnSpec spec = new RnnSpec(stack.cell(), stack.inputSize(layer), stack.hiddenSize(), 1, 0);
    this.equations = spec.cell().equations();
    this.inputSize = spec.inputSize();
    this.hidden = spec.hiddenSize();
    this.gateRows = spec.gateRows();
    this.recurs = spec.cell().hasRecurrentWeights();
    this.parameters = new Parameters.Builder().add("", backend, spec).allocate(backend, false);
    for (Parameter copy : parameters.all()) { // named …_l0
      String part = copy.name().substring(0, copy.name().length() - 1);
      backend.copy(
          model.parameters().get(LanguageModelNetwork.RNN + part + layer).value(), copy.value());
    }
    this.recurrent = new Recurrent(backend, spec, parameters, "", 0);
    this.input = new Affine(backend, parameters.get("weight_ih_l0"), parameters.get("bias_ih_l0"));
    this.states =
        recurs
            ? new Affine(backend, parameters.get("weight_hh_l0"), parameters.get("bias_hh_l0"))
            : null;
    this.memories = new Workspaces<>(Memory::new, Memory::close);
    this.owned = new OwnedTensors(backend);
    this.before = owned.add(recurrent.newState(1));
    this.after = owned.add(recurrent.newState(1));
    this.h = new double[hidden];
    this.c = new double[hidden];
  }

  /** Returns the names of the values of a cell: h, c if it has one, then the gates it names. */
  static List<String> names(Cell cell) {
    List<String> names = new ArrayList<>(List.of("h"));
    if (cell.hasCellState()) {
      names.add("c");
    }
    names.addAll(cell.equations().named().keySet());
    return names;
  }

  /** Returns the names of the values that a logistic function keeps between 0 and 1. */
  static List<String> gates(Cell cell) {
    StepGraph graph = cell.equations();
    return graph.named().entrySet().stream()
        .filter(each -> graph.nodes().get(each.getValue()).op() == StepGraph.Op.SIGMOID)
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Reads a window, in the state that the last one ended in.
   *
   * @param x {@code (T, 1, D)}
   * @return the outputs, {@code (T, 1, H)}, until the next window of that length
   */
  Tensor read(Tensor x, int steps, Taker taker) {
    Memory memory = memories.of(steps);
    recurrent.forward(memory.tape, new RnnInOut(x, before, memory.y, after), null);
    RnnState done = before;
    before = after;
    after = done;
    input.forward(x.reshape(steps, inputSize), memory.a);
    try (HostStorage storage =
        new HostStorage((2L * gateRows + 2L * hidden) * steps * DType.F64.bytes())) {
      long rows = (long) steps * gateRows;
      Tensor y = host(storage, 0, steps, hidden);
      Tensor shifted = host(storage, (long) steps * hidden, steps, hidden);
      Tensor a = host(storage, 2L * steps * hidden, steps, gateRows);
      Tensor u = host(storage, 2L * steps * hidden + rows, steps, gateRows);
      backend.download(memory.y.reshape(steps, hidden), y);
      backend.download(memory.a, a);
      for (int j = 0; j < hidden; j++) {
        shifted.set(j, h[j]);
      }
      for (long i = hidden; i < y.size(); i++) {
        shifted.set(i, y.get(i - hidden));
      }
      if (states != null) {
        backend.upload(shifted, memory.shifted);
        states.forward(memory.shifted, memory.u);
        backend.download(memory.u, u);
      }
      for (int t = 0; t < steps; t++) {
        step(t, y.slice(t, 1).toArray(), a.slice(t, 1).toArray(), u.slice(t, 1).toArray(), taker);
      }
    }
    return memory.y;
  }

  private static Tensor host(HostStorage storage, long from, int rows, int columns) {
    return new Tensor(storage, from, Shape.of(rows, columns), DType.F64);
  }

  private void step(int t, double[] y, double[] a, double[] u, Taker taker) {
    List<double[]> nodes = evaluate(a, u);
    List<double[]> values = new ArrayList<>();
    values.add(y);
    if (equations.hasCellState()) {
      c = nodes.get(equations.nextCell());
      values.add(c);
    }
    equations.named().values().forEach(node -> values.add(nodes.get(node)));
    h = y;
    taker.step(t, values);
  }

  /** Returns the value of every node of the equations, in the state before the step. */
  private List<double[]> evaluate(double[] a, double[] u) {
    List<double[]> values = new ArrayList<>();
    for (StepGraph.Node node : equations.nodes()) {
      double[] left = isLeaf(node.op()) ? a : values.get(node.left());
      double[] right = node.right() < 0 ? left : values.get(node.right());
      double[] value = new double[hidden];
      for (int j = 0; j < hidden; j++) {
        value[j] =
            switch (node.op()) {
              case INPUT -> a[node.left() * hidden + j];
              case RECURRENT -> u[node.left() * hidden + j];
              case HIDDEN -> h[j];
              case CELL -> c[j];
              case SIGMOID -> 1 / (1 + Math.exp(-left[j]));
              case TANH -> Math.tanh(left[j]);
              case RELU -> Math.max(0, left[j]);
              case ONE_MINUS -> 1 - left[j];
              case ADD -> left[j] + right[j];
              case MULTIPLY -> left[j] * right[j];
            };
      }
      values.add(value);
    }
    return values;
  }

  private static boolean isLeaf(StepGraph.Op op) {
    return switch (op) {
      case INPUT, RECURRENT, HIDDEN, CELL -> true;
      default -> false;
    };
  }

  @Override
  public void close() {
    memories.close();
    owned.close();
    parameters.close();
  }
}
