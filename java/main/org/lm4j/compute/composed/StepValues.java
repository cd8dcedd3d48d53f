package org.lm4j.compute.composed;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.StepGraph;
import org.lm4j.compute.StepGraph.Node;
import org.lm4j.compute.StepGraph.Op;
import org.lm4j.tensor.Tensor;

/**
 * One layer's states and the values of all nodes of its cell's equations, at every step of a
 * window, with their forward and backward computation.
 */
final class StepValues {
  private static final int WHOLE = -1; // all steps at once

  private final Backend backend;
  private final StepGraph graph;
  private final List<Node> nodes;
  private final int batch;
  private final int hidden;
  private final int states; // (T + 1)·B·H
  private final Tensor memory;
  private final View[] values; // by node
  private final View[] adjoints;
  private final @Nullable View scratch;

  /** A tensor {@code (T·B, H)} and its steps, {@code (B, H)} each. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record View(Tensor whole, Tensor[] steps) {
    Tensor at(int t) {
      return t == WHOLE ? whole : steps[t];
    }
  }

  /** Allocates the memory for states and values. */
  static Tensor values(Backend backend, RnnSpec spec, int steps, int batch) {
    long sequences = spec.cell().hasCellState() ? 2 : 1;
    long nodes = spec.cell().equations().nodes().size();
    long rows = sequences * (steps + 1L) * batch + nodes * steps * batch;
    return backend.allocate(checked(rows, spec), spec.hiddenSize());
  }

  private static int checked(long rows, RnnSpec spec) {
    if (rows > Integer.MAX_VALUE) {
      throw new InputException(
          "windows of the cell %s are limited to %,d states, not %,d"
              .formatted(spec.cell().label(), Integer.MAX_VALUE, rows));
    }
    return (int) rows;
  }

  /** Allocates the memory for the gradients of values, and one more of the same size. */
  static Tensor adjoints(Backend backend, RnnSpec spec, int steps, int batch) {
    long nodes = spec.cell().equations().nodes().size();
    return backend.allocate(checked((nodes + 1) * steps * batch, spec), spec.hiddenSize());
  }

  /**
   * Creates the values in the memory of {@link #values} and {@link #adjoints}, the latter null if
   * not training.
   */
  StepValues( // what it is made of, and of what size
      Backend backend,
      RnnSpec spec,
      int steps,
      int batch,
      Tensor memory,
      @Nullable Tensor gradients) {
    this.backend = backend;
    this.graph = spec.cell().equations();
    this.nodes = graph.nodes();
    this.batch = batch;
    this.hidden = spec.hiddenSize();
    this.memory = memory;
    this.states = (steps + 1) * batch;
    int first = graph.hasCellState() ? 2 * states : states;
    int window = steps * batch;
    this.values = new View[nodes.size()];
    this.adjoints = new View[nodes.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (nodes.get(i).op()) {
            case HIDDEN -> view(memory, 0, steps);
            case CELL -> view(memory, states, steps);
            default -> view(memory, first + i * window, steps);
          };
      if (gradients != null) {
        adjoints[i] = view(gradients, i * window, steps);
      }
    }
    this.scratch = gradients == null ? null : view(gradients, nodes.size() * window, steps);
  }

  private View view(Tensor source, int from, int steps) {
    Tensor whole = source.slice(from, steps * batch);
    Tensor[] each = new Tensor[steps];
    for (int t = 0; t < steps; t++) {
      each[t] = whole.slice(t * batch, batch);
    }
    return new View(whole, each);
  }

  /** Returns the hidden state before step {@code t}, {@code (B, H)}. */
  Tensor hidden(int t) {
    return memory.slice(t * batch, batch);
  }

  /** Returns the cell state before step {@code t}, {@code (B, H)}. */
  Tensor cell(int t) {
    return memory.slice(states + t * batch, batch);
  }

  /** Returns the hidden states before step {@code t} and all later steps, {@code (T·B, H)}. */
  Tensor hiddenStates(int t) {
    return memory.slice(t * batch, states - batch);
  }

  // --- Forward ----------------------------------------------------------------------------------

  /** Computes the values that depend on the input alone, from {@code W x + b} of all steps. */
  void forwardWindow(Tensor projected) {
    for (int i = 0; i < values.length; i++) {
      if (!nodes.get(i).perStep()) {
        forward(i, WHOLE, projected);
      }
    }
  }

  /** Computes the rest of step {@code t}, from {@code U h + bU} to the state after it. */
  void forwardStep(int t, Tensor recurrent) {
    for (int i = 0; i < values.length; i++) {
      if (nodes.get(i).perStep()) {
        forward(i, t, recurrent);
      }
    }
    backend.copy(values[graph.nextHidden()].at(t), hidden(t + 1));
    if (graph.hasCellState()) {
      backend.copy(values[graph.nextCell()].at(t), cell(t + 1));
    }
  }

  private void forward(int i, int t, Tensor gates) {
    Node node = nodes.get(i);
    Tensor z = values[i].at(t);
    switch (node.op()) {
      case INPUT, RECURRENT -> backend.copyColumns(gates, node.left() * hidden, z, 0, hidden);
      case HIDDEN, CELL -> {} // the state itself
      case SIGMOID, TANH, RELU -> backend.activate(activation(node.op()), left(node, t), z);
      case ONE_MINUS -> {
        backend.fill(z, 1);
        backend.axpy(-1, left(node, t), z);
      }
      case ADD -> {
        backend.copy(left(node, t), z);
        backend.axpy(1, values[node.right()].at(t), z);
      }
      case MULTIPLY -> backend.multiply(left(node, t), values[node.right()].at(t), z);
    }
  }

  private Tensor left(Node node, int t) {
    return values[node.left()].at(t);
  }

  private static Activation activation(Op op) {
    return switch (op) {
      case SIGMOID -> Activation.SIGMOID;
      case TANH -> Activation.TANH;
      case RELU -> Activation.RELU;
      default -> throw new IllegalArgumentException("not an activation: " + op);
    };
  }

  // --- Backward ---------------------------------------------------------------------------------

  void clearAdjoints() {
    for (View each : adjoints) {
      backend.fill(each.whole(), 0);
    }
  }

  /**
   * Computes the backward pass of step {@code t}.
   *
   * @param dState gradient of the state after the step; becomes that of the state before it, but
   *     for what comes through {@code U}
   * @param dRecurrent gradient of {@code U h + bU}; overwritten where the equations use it
   */
  void backwardStep(int t, RnnState dState, Tensor dRecurrent) {
    backend.axpy(1, dState.h(), adjoints[graph.nextHidden()].at(t));
    backend.fill(dState.h(), 0);
    if (dState.c() != null) {
      backend.axpy(1, dState.cell(), adjoints[graph.nextCell()].at(t));
      backend.fill(dState.cell(), 0);
    }
    for (int i = values.length - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      Tensor dz = adjoints[i].at(t);
      switch (node.op()) {
        case HIDDEN -> backend.copy(dz, dState.h());
        case CELL -> backend.copy(dz, dState.cell());
        case RECURRENT -> backend.copyColumns(dz, 0, dRecurrent, node.left() * hidden, hidden);
        default -> {
          if (node.perStep()) {
            backward(i, t);
          }
        }
      }
    }
  }

  /**
   * Computes {@code dProjected}, the gradient of W x + b, from the gradients of the values that
   * depend on the input alone.
   */
  void backwardWindow(Tensor dProjected) {
    for (int i = values.length - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (node.op() == Op.INPUT) {
        Tensor dz = adjoints[i].whole();
        backend.copyColumns(dz, 0, dProjected, node.left() * hidden, hidden);
      } else if (!node.perStep()) {
        backward(i, WHOLE);
      }
    }
  }

  private void backward(int i, int t) {
    if (scratch == null) {
      throw new IllegalStateException("not made for training");
    }
    Node node = nodes.get(i);
    Tensor dz = adjoints[i].at(t);
    Tensor dLeft = adjoints[node.left()].at(t);
    Tensor product = scratch.at(t);
    switch (node.op()) {
      case SIGMOID, TANH, RELU -> {
        backend.activateBackward(activation(node.op()), values[i].at(t), dz, product);
        backend.axpy(1, product, dLeft);
      }
      case ONE_MINUS -> backend.axpy(-1, dz, dLeft);
      case ADD -> {
        backend.axpy(1, dz, dLeft);
        backend.axpy(1, dz, adjoints[node.right()].at(t));
      }
      case MULTIPLY -> {
        backend.multiply(dz, values[node.right()].at(t), product);
        backend.axpy(1, product, dLeft);
        backend.multiply(dz, left(node, t), product);
        backend.axpy(1, product, adjoints[node.right()].at(t));
      }
      default -> throw new IllegalStateException("a leaf has no operands: " + node);
    }
  }
}
