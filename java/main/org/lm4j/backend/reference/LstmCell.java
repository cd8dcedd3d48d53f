package org.lm4j.backend.reference;

import static org.lm4j.backend.reference.ReferenceArithmetic.sigmoid;

/**
 * Long short-term memory: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation
 * 9, 1997, with the forget gate of Gers, Schmidhuber and Cummins, "Learning to Forget", Neural
 * Computation 12, 2000. Gates in the order i, f, g, o, as PyTorch and cuDNN have them:
 *
 * <pre>
 *   i = σ(W_i x + b_i + U_i h + b'_i)      input gate
 *   f = σ(W_f x + b_f + U_f h + b'_f)      forget gate
 *   g = tanh(W_g x + b_g + U_g h + b'_g)   candidate
 *   o = σ(W_o x + b_o + U_o h + b'_o)      output gate
 *   c' = f ⊙ c + i ⊙ g
 *   h' = o ⊙ tanh(c')
 * </pre>
 */
final class LstmCell implements ReferenceCell {
  @Override
  public int savedBlocks() {
    return 4; // i, f, g, o
  }

  @Override
  public void forward(CellStep s) {
    int n = s.hidden;
    for (int j = 0; j < n; j++) {
      double i = sigmoid(s.input[j] + s.recurrent[j]);
      double f = sigmoid(s.input[n + j] + s.recurrent[n + j]);
      double g = StrictMath.tanh(s.input[2 * n + j] + s.recurrent[2 * n + j]);
      double o = sigmoid(s.input[3 * n + j] + s.recurrent[3 * n + j]);
      s.cNext[j] = f * s.c[j] + i * g;
      s.hNext[j] = o * StrictMath.tanh(s.cNext[j]);
      s.saved[j] = i;
      s.saved[n + j] = f;
      s.saved[2 * n + j] = g;
      s.saved[3 * n + j] = o;
    }
  }

  @Override
  public void backward(CellStep s) {
    int n = s.hidden;
    for (int j = 0; j < n; j++) {
      double i = s.saved[j];
      double f = s.saved[n + j];
      double g = s.saved[2 * n + j];
      double o = s.saved[3 * n + j];
      double tanhC = StrictMath.tanh(s.cNext[j]);
      double dc = s.dc[j] + s.dh[j] * o * (1 - tanhC * tanhC);
      s.dInput[j] = dc * g * i * (1 - i);
      s.dInput[n + j] = dc * s.c[j] * f * (1 - f);
      s.dInput[2 * n + j] = dc * i * (1 - g * g);
      s.dInput[3 * n + j] = s.dh[j] * tanhC * o * (1 - o);
      s.dc[j] = dc * f;
      s.dh[j] = 0; // h acts through U alone
    }
    System.arraycopy(s.dInput, 0, s.dRecurrent, 0, 4 * n);
  }
}
