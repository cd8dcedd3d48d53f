package org.lm4j.backend.reference;

import java.util.Arrays;
import org.lm4j.compute.Cell;

/**
 * One recurrent layer over one window of {@code T} steps of {@code B} sequences: its arrays, in the
 * letters of the equations, and the few loops all cells share. The equations, the loop over time
 * and backpropagation through it stand in one file per cell: {@link ElmanCell}, {@link LstmCell},
 * {@link GruCell}; {@link EquationsCell} computes any other from {@link Cell#equations}.
 *
 * <p>{@code x[t][n]} is the input of step {@code t} of sequence {@code n}; {@code h[t][n]} is the
 * hidden state <em>before</em> that step, so {@code h[0]} is the initial and {@code h[T]} the final
 * state. A matrix lies row by row in one array, the blocks of its gates below each other. {@code
 * dh} is the derivative of the loss by {@code h}, and so on.
 */
@SuppressWarnings({"MemberName", "InconsistentCapitalization"}) // the letters of the equations
abstract class ReferenceCell {
  final int T;
  final int B;
  final int D;
  final int H;

  final double[] W; // (G·H, D) input weights
  final double[] U; // (G·H, H) recurrent weights; empty where the cell has none, as bU is
  final double[] b; // (G·H) bias of W x
  final double[] bU; // (G·H) bias of U h
  final double[][][] x; // (T, B, D)
  final double[][][] h; // (T + 1, B, H)
  final double[][][] c; // (T + 1, B, H) cell state; without steps where the cell has none

  final double[] dW;
  final double[] dU;
  final double[] db;
  final double[] dbU;
  final double[][][] dx; // (T, B, D)
  final double[][][] dy; // (T, B, H) of the outputs h[1 … T], from the layers or loss above
  final double[][] dh; // (B, H) of the state between two steps, from the steps after it
  final double[][] dc; // (B, H)

  ReferenceCell(Cell cell, int steps, int batch, int inputSize, int hiddenSize) {
    T = steps;
    B = batch;
    D = inputSize;
    H = hiddenSize;
    int rows = cell.gates() * H;
    W = new double[rows * D];
    int recurrentRows = cell.hasRecurrentWeights() ? rows : 0;
    U = new double[recurrentRows * H];
    b = new double[rows];
    bU = new double[recurrentRows];
    x = new double[T][B][D];
    h = new double[T + 1][B][H];
    c = new double[cell.hasCellState() ? T + 1 : 0][B][H];
    dW = new double[W.length];
    dU = new double[U.length];
    db = new double[rows];
    dbU = new double[recurrentRows];
    dx = new double[T][B][D];
    dy = new double[T][B][H];
    dh = new double[B][H];
    dc = new double[B][H];
  }

  /** Returns the layer of {@code cell}, all arrays zero. */
  static ReferenceCell of(Cell cell, int steps, int batch, int inputSize, int hiddenSize) {
    return switch (cell) {
      case RNN_TANH, RNN_RELU -> new ElmanCell(cell, steps, batch, inputSize, hiddenSize);
      case LSTM -> new LstmCell(steps, batch, inputSize, hiddenSize);
      case GRU -> new GruCell(steps, batch, inputSize, hiddenSize);
      default -> new EquationsCell(cell, steps, batch, inputSize, hiddenSize);
    };
  }

  /** Computes the states after each step from {@code x}, {@code h[0]} and {@code c[0]}. */
  abstract void forward();

  /**
   * Computes backpropagation through time (Werbos 1990) over the last {@link #forward}, truncated
   * at the window's edges: {@code dh} and {@code dc} come in as the gradient of the final state and
   * go out as that of the initial one. {@code dW}, {@code dU}, {@code db}, {@code dbU} accumulate,
   * step by step from the last to the first: windows taken one after the other from the end give
   * the same bits as one window over all of them.
   */
  abstract void backward();

  /** Returns {@code 1 / (1 + exp(-x))}. */
  static double sigmoid(double x) {
    return ReferenceArithmetic.sigmoid(x);
  }

  static double tanh(double x) {
    return StrictMath.tanh(x);
  }

  /** Returns {@code W x + b} of each sequence; each row of {@code W} serves them all at once. */
  static double[][] affine(double[] W, double[] b, double[][] x) {
    double[][] a = new double[x.length][b.length];
    for (int row = 0; row < b.length; row++) {
      for (int n = 0; n < x.length; n++) {
        a[n][row] = dot(W, row * x[n].length, x[n]) + b[row];
      }
    }
    return a;
  }

  /**
   * {@code Σ W[from + k] x[k]}, in four partial sums, because one would wait for each addition to
   * end before the next begins; their order depends on the length alone.
   */
  private static double dot(double[] W, int from, double[] x) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int k = 0;
    for (; k + 3 < x.length; k += 4) {
      sum0 += W[from + k] * x[k];
      sum1 += W[from + k + 1] * x[k + 1];
      sum2 += W[from + k + 2] * x[k + 2];
      sum3 += W[from + k + 3] * x[k + 3];
    }
    for (; k < x.length; k++) {
      sum0 += W[from + k] * x[k];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  /**
   * Accumulates the gradients of {@code a = W x + b}, sequence by sequence: {@code dW += da xᵀ},
   * {@code db += da}.
   */
  private static void accumulate(double[][] da, double[][] x, double[] dW, double[] db) {
    for (int row = 0; row < db.length; row++) {
      for (int n = 0; n < x.length; n++) {
        addScaled(da[n][row], x[n], 0, dW, row * x[n].length, x[n].length);
        db[row] += da[n][row];
      }
    }
  }

  /** Computes {@code dx += Wᵀ da} of each sequence. */
  private static void addTransposed(double[] W, double[][] da, double[][] dx) {
    for (int row = 0; row < da[0].length; row++) {
      for (int n = 0; n < dx.length; n++) {
        addScaled(da[n][row], W, row * dx[n].length, dx[n], 0, dx[n].length);
      }
    }
  }

  /** {@code sum[to + k] += factor · row[from + k]}. */
  private static void addScaled(
      double factor, double[] row, int from, double[] sum, int to, int count) {
    for (int k = 0; k < count; k++) {
      sum[to + k] += factor * row[from + k];
    }
  }

  /**
   * Takes a step's gradients through its products: adds to those of the weights, computes {@code
   * dx}, and adds to {@code dh} what comes through {@code U}.
   *
   * @param da (B, G·H) of W x + b
   * @param du (B, G·H) of U h + bU
   */
  final void throughProducts(int t, double[][] da, double[][] du) {
    accumulate(da, x[t], dW, db);
    accumulate(du, h[t], dU, dbU);
    addTransposed(U, du, dh);
    clear(dx[t]);
    addTransposed(W, da, dx[t]);
  }

  /** Computes {@code dh += dy}. */
  static void add(double[][] dy, double[][] dh) {
    for (int n = 0; n < dh.length; n++) {
      for (int j = 0; j < dh[n].length; j++) {
        dh[n][j] += dy[n][j];
      }
    }
  }

  /** Sets the state or gradient of each sequence to zero. */
  static void clear(double[][] rows) {
    for (double[] row : rows) {
      Arrays.fill(row, 0);
    }
  }
}
