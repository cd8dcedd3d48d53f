package org.lm4j.compute;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The equations of one step of a recurrent cell, as a graph of elementwise operations. {@link
 * CellEquations} writes them with {@link Term}s; a backend without a fast form of the cell computes
 * them, and their gradients, node by node. What the equations use says what the cell has: the names
 * of its gates, a recurrent matrix, a cell state.
 */
public final class StepGraph {
  private final List<Node> nodes = new ArrayList<>();
  private final List<String> gates = new ArrayList<>();
  private final Map<String, Integer> named = new LinkedHashMap<>();
  private int nextHidden = -1;
  private int nextCell = -1;
  private boolean complete;

  private StepGraph() {}

  /** The operation of a node, elementwise over {@code (B, H)}. */
  public enum Op {
    /** Block {@code left} of {@code W x + b}. */
    INPUT,
    /** Block {@code left} of {@code U h + bU}. */
    RECURRENT,
    /** Hidden state before the step. */
    HIDDEN,
    /** Cell state before the step. */
    CELL,
    /** {@code 1 / (1 + exp(-left))}. */
    SIGMOID,
    /** {@code tanh(left)}. */
    TANH,
    /** {@code max(0, left)}. */
    RELU,
    /** {@code 1 - left}. */
    ONE_MINUS,
    /** {@code left + right}. */
    ADD,
    /** {@code left ⊙ right}. */
    MULTIPLY
  }

  /**
   * One operation.
   *
   * @param op what it computes
   * @param left number of the first operand's node, or of the gate for INPUT and RECURRENT; -1 for
   *     none
   * @param right number of the second operand's node; -1 for none
   * @param perStep whether it depends on the state before the step; otherwise it can be computed
   *     for all steps of a window at once
   */
  public record Node(Op op, int left, int right, boolean perStep) {}

  /** A value of the equations; only its own step may combine it. */
  public final class Term {
    private final int node;

    private Term(int node) {
      this.node = node;
    }

    /** Returns {@code this + other}. */
    public Term plus(Term other) {
      return add(Op.ADD, node, other.node);
    }

    /** Returns {@code this ⊙ other}. */
    public Term times(Term other) {
      return add(Op.MULTIPLY, node, other.node);
    }

    /** Returns {@code 1 - this}. */
    public Term oneMinus() {
      return add(Op.ONE_MINUS, node, -1);
    }

    /** Returns the logistic function, σ. */
    public Term sigmoid() {
      return add(Op.SIGMOID, node, -1);
    }

    /** Returns the hyperbolic tangent. */
    public Term tanh() {
      return add(Op.TANH, node, -1);
    }

    /** Returns {@code max(0, this)}. */
    public Term relu() {
      return add(Op.RELU, node, -1);
    }

    /** Returns this term with a name, under which a worked example shows it. */
    public Term as(String name) {
      requireIncomplete();
      named.put(name, node);
      return this;
    }
  }

  /**
   * Returns the graph that {@code equations} write.
   *
   * @throws IllegalStateException if they set no next state, or the wrong one
   */
  static StepGraph of(Consumer<StepGraph> equations) {
    StepGraph graph = new StepGraph();
    equations.accept(graph);
    if (graph.nextHidden < 0 || graph.hasCellState() != (graph.nextCell >= 0)) {
      throw new IllegalStateException("the equations have to end with the state after the step");
    }
    graph.complete = true;
    return graph;
  }

  private void requireIncomplete() {
    if (complete) {
      throw new IllegalStateException("the equations are complete");
    }
  }

  /** Returns gate {@code gate} of {@code W x + b}. */
  public Term input(String gate) {
    return leaf(Op.INPUT, gate(gate));
  }

  /** Returns gate {@code gate} of {@code U h + bU}. */
  public Term recurrent(String gate) {
    return leaf(Op.RECURRENT, gate(gate));
  }

  /** Returns gate {@code gate} of {@code W x + b + U h + bU}. */
  public Term sum(String gate) {
    return input(gate).plus(recurrent(gate));
  }

  /** Returns the hidden state before the step. */
  public Term h() {
    return leaf(Op.HIDDEN, -1);
  }

  /** Returns the cell state before the step. */
  public Term c() {
    return leaf(Op.CELL, -1);
  }

  /** Sets the hidden state after the step. */
  public void next(Term h) {
    requireIncomplete();
    nextHidden = h.node;
  }

  /** Sets hidden state and cell state after the step. */
  public void next(Term h, Term c) {
    requireIncomplete();
    nextHidden = h.node;
    nextCell = c.node;
  }

  private int gate(String name) {
    requireIncomplete();
    if (!gates.contains(name)) {
      gates.add(name);
    }
    return gates.indexOf(name);
  }

  /** Returns the node of a leaf, the same one however often the equations name it. */
  private Term leaf(Op op, int gate) {
    requireIncomplete();
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).op == op && nodes.get(i).left == gate) {
        return new Term(i);
      }
    }
    nodes.add(new Node(op, gate, -1, op != Op.INPUT));
    return new Term(nodes.size() - 1);
  }

  private Term add(Op op, int left, int right) {
    requireIncomplete();
    boolean perStep = nodes.get(left).perStep || (right >= 0 && nodes.get(right).perStep);
    nodes.add(new Node(op, left, right, perStep));
    return new Term(nodes.size() - 1);
  }

  /** Returns all nodes, each after its operands. */
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** Returns the names of the gates, in the order of their blocks in the weights. */
  public List<String> gates() {
    return Collections.unmodifiableList(gates);
  }

  /** Returns the numbers of the nodes that have names, in the order of naming. */
  public Map<String, Integer> named() {
    return Collections.unmodifiableMap(named);
  }

  /**
   * Returns the equations as people read them, a line for each named term and for each part of the
   * new state, with {@code [t]} for the step and {@code [t-1]} for the one before.
   */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    named.forEach((name, node) -> lines.add(name + " = " + text(node, node)));
    if (nextCell >= 0) {
      lines.add("c[t] = " + text(nextCell, -1));
    }
    lines.add("h[t] = " + text(nextHidden, -1));
    return lines;
  }

  /** Returns a node as text; terms that have names, except {@code defined}, appear by name. */
  private String text(int at, int defined) {
    for (Map.Entry<String, Integer> each : named.entrySet()) {
      if (each.getValue() == at && at != defined) {
        return each.getKey();
      }
    }
    Node node = nodes.get(at);
    return switch (node.op) {
      case INPUT -> "W_%1$s x[t] + b_%1$s".formatted(gates.get(node.left));
      case RECURRENT -> "U_%1$s h[t-1] + bU_%1$s".formatted(gates.get(node.left));
      case HIDDEN -> "h[t-1]";
      case CELL -> "c[t-1]";
      case SIGMOID -> "σ(" + text(node.left, -1) + ")";
      case TANH -> "tanh(" + text(node.left, -1) + ")";
      case RELU -> "max(0, " + text(node.left, -1) + ")";
      case ONE_MINUS -> "(1 - " + text(node.left, -1) + ")";
      case ADD -> text(node.left, -1) + " + " + text(node.right, -1);
      case MULTIPLY -> factor(text(node.left, -1)) + " ⊙ " + factor(text(node.right, -1));
    };
  }

  private static String factor(String text) {
    boolean sum = text.contains(" + ") && !text.endsWith(")");
    return sum ? "(" + text + ")" : text;
  }

  /** Returns whether there is a recurrent matrix {@code U}. */
  public boolean hasRecurrentWeights() {
    return nodes.stream().anyMatch(node -> node.op == Op.RECURRENT);
  }

  /** Returns whether there is a cell state. */
  public boolean hasCellState() {
    return nodes.stream().anyMatch(node -> node.op == Op.CELL);
  }

  /** Returns the number of the node that is the hidden state after the step. */
  public int nextHidden() {
    return nextHidden;
  }

  /**
   * Returns the number of the node that is the cell state after the step; -1 where there is none.
   */
  public int nextCell() {
    return nextCell;
  }
}
