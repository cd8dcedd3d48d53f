package org.lm4j.backend.reference;

import java.util.Arrays;
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

  private void step(int t, int n) {
    double[] a = affine(W, b, x[t][n]);
    double[] u = affine(U, bU, h[t][n]);
    for (int j = 0; j < H; j++) {
      h[t + 1][n][j] = relu ? Math.max(0, a[j] + u[j]) : tanh(a[j] + u[j]);
    }
  }

  @Override
  void forward() {
    for (int t = 0; t < T; t++) {
      for (int n = 0; n < B; n++) {
        step(t, n);
      }
    }
  }

  /**
   * Computes {@code dh} and {@code dx} from {@code dh'}, and adds the step's part to the weights'
   * gradients.
   */
  private void stepBackward(int t, int n) {
    double[] da = new double[H]; // of W x + b, and of U h + bU
    for (int j = 0; j < H; j++) {
      double hNext = h[t + 1][n][j];
      if (relu) {
        da[j] = hNext > 0 ? dh[n][j] : 0;
      } else {
        da[j] = dh[n][j] * (1 - hNext * hNext);
      }
    }
    accumulate(da, x[t][n], dW, db);
    accumulate(da, h[t][n], dU, dbU);
    Arrays.fill(dh[n], 0); // h acts through U alone
    addTransposed(U, da, dh[n]);
    Arrays.fill(dx[t][n], 0);
    addTransposed(W, da, dx[t][n]);
  }

  @Override
  void backward() {
    for (int t = T - 1; t >= 0; t--) {
      for (int n = 0; n < B; n++) {
        add(dy[t][n], dh[n]); // h' is the step's output and the next step's state
        stepBackward(t, n);
      }
    }
  }
}
