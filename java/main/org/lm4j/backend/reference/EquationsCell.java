package org.lm4j.backend.reference;

import java.util.Arrays;
import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.compute.StepGraph;
import org.lm4j.compute.StepGraph.Node;

/**
 * Any cell, from its equations ({@link Cell#equations}), which are evaluated one unit at a time;
 * gradients by reverse-mode differentiation: the nodes in reverse, each adding its gradient times
 * its derivative to its operands' gradients.
 */
final class EquationsCell extends ReferenceCell {
  private final StepGraph graph;
  private final List<Node> nodes;
  private final double[][][][] values; // (T, B, nodes, H)

  EquationsCell(Cell cell, int steps, int batch, int inputSize, int hiddenSize) {
    super(cell, steps, batch, inputSize, hiddenSize);
    graph = cell.equations();
    nodes = graph.nodes();
    values = new double[T][B][nodes.size()][H];
  }

  @Override
  void forward() {
    for (int t = 0; t < T; t++) {
      double[][] a = affine(W, b, x[t]);
      double[][] u = affine(U, bU, h[t]);
      for (int n = 0; n < B; n++) {
        step(t, n, a[n], u[n]);
      }
    }
  }

  private void step(int t, int n, double[] a, double[] u) {
    double[][] v = values[t][n];
    for (int j = 0; j < H; j++) {
      for (int i = 0; i < v.length; i++) {
        int left = nodes.get(i).left();
        int right = nodes.get(i).right();
        v[i][j] =
            switch (nodes.get(i).op()) {
              case INPUT -> a[left * H + j];
              case RECURRENT -> u[left * H + j];
              case HIDDEN -> h[t][n][j];
              case CELL -> c[t][n][j];
              case SIGMOID -> sigmoid(v[left][j]);
              case TANH -> tanh(v[left][j]);
              case RELU -> Math.max(0, v[left][j]);
              case ONE_MINUS -> 1 - v[left][j];
              case ADD -> v[left][j] + v[right][j];
              case MULTIPLY -> v[left][j] * v[right][j];
            };
      }
      h[t + 1][n][j] = v[graph.nextHidden()][j];
      if (graph.hasCellState()) {
        c[t + 1][n][j] = v[graph.nextCell()][j];
      }
    }
  }

  /**
   * Computes {@code da}, the gradient of W x + b, and {@code du}, that of U h + bU, from {@code
   * dh'} and {@code dc'}; {@code dh} and {@code dc} become what comes by other ways than U.
   */
  private void stepBackward(int t, int n, double[] da, double[] du) {
    double[] d = new double[nodes.size()]; // of the values of one unit
    for (int j = 0; j < H; j++) {
      Arrays.fill(d, 0);
      d[graph.nextHidden()] += dh[n][j];
      dh[n][j] = 0;
      if (graph.hasCellState()) {
        d[graph.nextCell()] += dc[n][j];
        dc[n][j] = 0;
      }
      for (int i = d.length - 1; i >= 0; i--) {
        int gate = nodes.get(i).left();
        switch (nodes.get(i).op()) {
          case INPUT -> da[gate * H + j] = d[i];
          case RECURRENT -> du[gate * H + j] = d[i];
          case HIDDEN -> dh[n][j] = d[i];
          case CELL -> dc[n][j] = d[i];
          default -> operands(values[t][n], j, i, d);
        }
      }
    }
  }

  /** Adds to the gradients of the operands of node {@code i}. */
  private void operands(double[][] v, int j, int i, double[] d) {
    int left = nodes.get(i).left();
    int right = nodes.get(i).right();
    double y = v[i][j];
    switch (nodes.get(i).op()) {
      case SIGMOID -> d[left] += d[i] * y * (1 - y);
      case TANH -> d[left] += d[i] * (1 - y * y);
      case RELU -> d[left] += y > 0 ? d[i] : 0;
      case ONE_MINUS -> d[left] -= d[i];
      case ADD -> {
        d[left] += d[i];
        d[right] += d[i];
      }
      case MULTIPLY -> {
        d[left] += d[i] * v[right][j];
        d[right] += d[i] * v[left][j];
      }
      default -> throw new IllegalStateException("a leaf has no operands: " + nodes.get(i));
    }
  }

  @Override
  void backward() {
    for (int t = T - 1; t >= 0; t--) {
      add(dy[t], dh); // h' is the step's output and the next step's state
      double[][] da = new double[B][b.length];
      double[][] du = new double[B][bU.length];
      for (int n = 0; n < B; n++) {
        stepBackward(t, n, da[n], du[n]);
      }
      throughProducts(t, da, du);
    }
  }
}
