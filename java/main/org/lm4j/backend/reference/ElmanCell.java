package org.lm4j.backend.reference;

/**
 * The simple recurrent network of Elman, "Finding Structure in Time", Cognitive Science 14, 1990:
 *
 * <pre>
 *   h' = f(W x + b + U h + b')        f = tanh or max(0, ·)
 * </pre>
 *
 * The gradient needs nothing but {@code h'}: f' is {@code 1 - h'²}, or 1 where {@code h' > 0}.
 */
final class ElmanCell implements ReferenceCell {
  private final boolean relu;

  ElmanCell(boolean relu) {
    this.relu = relu;
  }

  @Override
  public int savedBlocks() {
    return 0;
  }

  @Override
  public void forward(CellStep s) {
    for (int j = 0; j < s.hidden; j++) {
      double a = s.input[j] + s.recurrent[j];
      s.hNext[j] = relu ? Math.max(0, a) : StrictMath.tanh(a);
    }
  }

  @Override
  public void backward(CellStep s) {
    for (int j = 0; j < s.hidden; j++) {
      double y = s.hNext[j];
      double da;
      if (relu) {
        da = y > 0 ? s.dh[j] : 0;
      } else {
        da = s.dh[j] * (1 - y * y);
      }
      s.dInput[j] = da;
      s.dRecurrent[j] = da;
      s.dh[j] = 0; // h acts through U alone
    }
  }
}
