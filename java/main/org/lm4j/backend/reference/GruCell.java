package org.lm4j.backend.reference;

import static org.lm4j.backend.reference.ReferenceArithmetic.sigmoid;

/**
 * Gated recurrent unit: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder",
 * EMNLP 2014, in the variant of PyTorch and cuDNN, where the reset gate is applied after the
 * product with U. Gates in the order r, z, n:
 *
 * <pre>
 *   r = σ(W_r x + b_r + U_r h + b'_r)             reset gate
 *   z = σ(W_z x + b_z + U_z h + b'_z)             update gate
 *   n = tanh(W_n x + b_n + r ⊙ (U_n h + b'_n))    candidate
 *   h' = (1 - z) ⊙ n + z ⊙ h
 * </pre>
 */
final class GruCell implements ReferenceCell {
  @Override
  public int savedBlocks() {
    return 4; // r, z, n, U_n h + b'_n
  }

  @Override
  public void forward(CellStep s) {
    int n = s.hidden;
    for (int j = 0; j < n; j++) {
      double reset = sigmoid(s.input[j] + s.recurrent[j]);
      double update = sigmoid(s.input[n + j] + s.recurrent[n + j]);
      double product = s.recurrent[2 * n + j];
      double candidate = StrictMath.tanh(s.input[2 * n + j] + reset * product);
      s.hNext[j] = (1 - update) * candidate + update * s.h[j];
      s.saved[j] = reset;
      s.saved[n + j] = update;
      s.saved[2 * n + j] = candidate;
      s.saved[3 * n + j] = product;
    }
  }

  @Override
  public void backward(CellStep s) {
    int n = s.hidden;
    for (int j = 0; j < n; j++) {
      double reset = s.saved[j];
      double update = s.saved[n + j];
      double candidate = s.saved[2 * n + j];
      double product = s.saved[3 * n + j];
      double dh = s.dh[j];
      double dCandidate = dh * (1 - update) * (1 - candidate * candidate);
      double dUpdate = dh * (s.h[j] - candidate) * update * (1 - update);
      double dReset = dCandidate * product * reset * (1 - reset);
      s.dInput[j] = dReset;
      s.dInput[n + j] = dUpdate;
      s.dInput[2 * n + j] = dCandidate;
      s.dRecurrent[j] = dReset;
      s.dRecurrent[n + j] = dUpdate;
      s.dRecurrent[2 * n + j] = dCandidate * reset;
      s.dh[j] = dh * update;
    }
  }
}
