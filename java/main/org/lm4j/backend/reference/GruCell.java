package org.lm4j.backend.reference;

import org.lm4j.compute.Cell;

/**
 * Gated recurrent unit: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder",
 * EMNLP 2014, in the variant of PyTorch and cuDNN, where the reset gate is applied after the
 * product with U. Gates in the order r, z, n:
 *
 * <pre>
 *   r = σ(W_r x + b_r + U_r h + bU_r)             reset gate
 *   z = σ(W_z x + b_z + U_z h + bU_z)             update gate
 *   n = tanh(W_n x + b_n + r ⊙ (U_n h + bU_n))    candidate
 *   h' = (1 - z) ⊙ n + z ⊙ h
 * </pre>
 */
@SuppressWarnings({"MemberName", "InconsistentCapitalization"}) // the letters of the equations
final class GruCell extends ReferenceCell {
  private final double[][][] r; // (T, B, H), as are the others
  private final double[][][] z;
  private final double[][][] candidate; // n: that letter is the sequence's here
  private final double[][][] u; // U_n h + bU_n

  GruCell(int steps, int batch, int inputSize, int hiddenSize) {
    super(Cell.GRU, steps, batch, inputSize, hiddenSize);
    r = new double[T][B][H];
    z = new double[T][B][H];
    candidate = new double[T][B][H];
    u = new double[T][B][H];
  }

  @Override
  void forward() {
    for (int t = 0; t < T; t++) {
      double[][] a = affine(W, b, x[t]);
      double[][] v = affine(U, bU, h[t]);
      for (int n = 0; n < B; n++) {
        step(t, n, a[n], v[n]);
      }
    }
  }

  private void step(int t, int n, double[] a, double[] v) {
    for (int j = 0; j < H; j++) {
      r[t][n][j] = sigmoid(a[j] + v[j]);
      z[t][n][j] = sigmoid(a[H + j] + v[H + j]);
      u[t][n][j] = v[2 * H + j];
      candidate[t][n][j] = tanh(a[2 * H + j] + r[t][n][j] * u[t][n][j]);
      h[t + 1][n][j] = (1 - z[t][n][j]) * candidate[t][n][j] + z[t][n][j] * h[t][n][j];
    }
  }

  /**
   * Computes {@code da}, the gradient of W x + b, and {@code dv}, that of U h + bU, from {@code
   * dh'}, of which {@code dh} keeps what passes the gates by. σ' is {@code σ (1 - σ)}, tanh' is
   * {@code 1 - tanh²}.
   */
  private void stepBackward(int t, int n, double[] da, double[] dv) {
    for (int j = 0; j < H; j++) {
      double r = this.r[t][n][j];
      double z = this.z[t][n][j];
      double candidate = this.candidate[t][n][j];
      double dhNext = dh[n][j];
      double dn = dhNext * (1 - z) * (1 - candidate * candidate);
      da[j] = dn * u[t][n][j] * r * (1 - r);
      da[H + j] = dhNext * (h[t][n][j] - candidate) * z * (1 - z);
      da[2 * H + j] = dn;
      dv[j] = da[j];
      dv[H + j] = da[H + j];
      dv[2 * H + j] = dn * r;
      dh[n][j] = dhNext * z; // the way past the gates
    }
  }

  @Override
  void backward() {
    for (int t = T - 1; t >= 0; t--) {
      add(dy[t], dh); // h' is the step's output and the next step's state
      double[][] da = new double[B][3 * H];
      double[][] dv = new double[B][3 * H];
      for (int n = 0; n < B; n++) {
        stepBackward(t, n, da[n], dv[n]);
      }
      throughProducts(t, da, dv);
    }
  }
}
