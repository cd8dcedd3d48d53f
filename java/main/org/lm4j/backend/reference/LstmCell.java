package org.lm4j.backend.reference;

import org.lm4j.compute.Cell;

/**
 * Long short-term memory: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation
 * 9, 1997, with the forget gate of Gers, Schmidhuber and Cummins, "Learning to Forget", Neural
 * Computation 12, 2000. Gates in the order i, f, g, o, as PyTorch and cuDNN have them:
 *
 * <pre>
 *   i = σ(W_i x + b_i + U_i h + bU_i)      input gate
 *   f = σ(W_f x + b_f + U_f h + bU_f)      forget gate
 *   g = tanh(W_g x + b_g + U_g h + bU_g)   candidate
 *   o = σ(W_o x + b_o + U_o h + bU_o)      output gate
 *   c' = f ⊙ c + i ⊙ g
 *   h' = o ⊙ tanh(c')
 * </pre>
 */
@SuppressWarnings({"MemberName", "InconsistentCapitalization"}) // the letters of the equations
final class LstmCell extends ReferenceCell {
  private final double[][][] i; // (T, B, H), as are the others
  private final double[][][] f;
  private final double[][][] g;
  private final double[][][] o;

  LstmCell(int steps, int batch, int inputSize, int hiddenSize) {
    super(Cell.LSTM, steps, batch, inputSize, hiddenSize);
    i = new double[T][B][H];
    f = new double[T][B][H];
    g = new double[T][B][H];
    o = new double[T][B][H];
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
    for (int j = 0; j < H; j++) {
      i[t][n][j] = sigmoid(a[j] + u[j]);
      f[t][n][j] = sigmoid(a[H + j] + u[H + j]);
      g[t][n][j] = tanh(a[2 * H + j] + u[2 * H + j]);
      o[t][n][j] = sigmoid(a[3 * H + j] + u[3 * H + j]);
      c[t + 1][n][j] = f[t][n][j] * c[t][n][j] + i[t][n][j] * g[t][n][j];
      h[t + 1][n][j] = o[t][n][j] * tanh(c[t + 1][n][j]);
    }
  }

  /**
   * Computes {@code da}, the gradient of W x + b and of U h + bU, and {@code dc} from {@code dh'}
   * and {@code dc'}. σ' is {@code σ (1 - σ)}, tanh' is {@code 1 - tanh²}.
   */
  private void stepBackward(int t, int n, double[] da) {
    for (int j = 0; j < H; j++) {
      double i = this.i[t][n][j];
      double f = this.f[t][n][j];
      double g = this.g[t][n][j];
      double o = this.o[t][n][j];
      double tanhC = tanh(c[t + 1][n][j]);
      double dcNext = dc[n][j] + dh[n][j] * o * (1 - tanhC * tanhC); // c' acts through h' too
      da[j] = dcNext * g * i * (1 - i);
      da[H + j] = dcNext * c[t][n][j] * f * (1 - f);
      da[2 * H + j] = dcNext * i * (1 - g * g);
      da[3 * H + j] = dh[n][j] * tanhC * o * (1 - o);
      dc[n][j] = dcNext * f;
    }
  }

  @Override
  void backward() {
    for (int t = T - 1; t >= 0; t--) {
      add(dy[t], dh); // h' is the step's output and the next step's state
      double[][] da = new double[B][4 * H];
      for (int n = 0; n < B; n++) {
        stepBackward(t, n, da[n]);
      }
      clear(dh); // h acts through U alone
      throughProducts(t, da, da);
    }
  }
}
