package org.lm4j.backend.reference;

import org.lm4j.compute.Cell;

/**
 * The simple recurrent network of Elman, "Finding Structure in Time", Cognitive Science 14, 1990:
 *
 * <pre>
 *   h' = f(W x + b + U h + bU)        f = tanh or max(0, ·)
 * </pre>
 *
 * The gradient needs only {@code h'}: f' is {@code 1 - h'²}, or 1 where {@code h' > 0}.
 */
final class ElmanCell extends ReferenceCell {
  private final boolean relu;

  ElmanCell(Cell cell, int steps, int batch, int inputSize, int hiddenSize) {
    super(cell, steps, batch, inputSize, hiddenSize);
    relu = cell == Cell.RNN_RELU;
  }

  @Override
  void forward() {
    for (int t = 0; t < T; t++) {
      double[][] a = affine(W, b, x[t]);
      double[][] u = affine(U, bU, h[t]);
      for (int n = 0; n < B; n++) {
        for (int j = 0; j < H; j++) {
          double z = a[n][j] + u[n][j];
          h[t + 1][n][j] = relu ? Math.max(0, z) : tanh(z);
        }
      }
    }
  }

  /** Computes {@code da}, the gradient of W x + b and of U h + bU, from {@code dh'}. */
  private void stepBackward(int t, int n, double[] da) {
    for (int j = 0; j < H; j++) {
      double hNext = h[t + 1][n][j];
      if (relu) {
        da[j] = hNext > 0 ? dh[n][j] : 0;
      } else {
        da[j] = dh[n][j] * (1 - hNext * hNext);
      }
    }
  }

  @Override
  void backward() {
    for (int t = T - 1; t >= 0; t--) {
      add(dy[t], dh); // h' is the step's output and the next step's state
      double[][] da = new double[B][H];
      for (int n = 0; n < B; n++) {
        stepBackward(t, n, da[n]);
      }
      clear(dh); // h acts through U alone
      throughProducts(t, da, da);
    }
  }
}
