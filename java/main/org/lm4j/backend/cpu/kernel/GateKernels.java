package org.lm4j.backend.cpu.kernel;

/**
 * The elementwise part of the cells at one time step. Addresses are those of row 0; {@link
 * GateShape} gives strides, {@link GateRange} what to compute. {@code h}, {@code hPrev} and {@code
 * dy} have {@code H} elements a row without padding. Equations: {@code org.lm4j.backend.reference}.
 */
public interface GateKernels {
  /** Returns the width of a vector in floats. */
  int lanes();

  /**
   * Computes {@code h = f(z + zh + bias)}, and writes it to {@code z} too, for the backward pass.
   */
  void rnnForward(GateShape s, GateRange r, boolean relu, long z, long zh, long bias, long h);

  /** Replaces {@code z}, which holds {@code h}, by {@code dz}. */
  void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy);

  /** Replaces {@code z} by the gates i, f, g, o; {@code tanhC} is {@code tanh(c)}. */
  void lstmForward(GateShape s, GateRange r, LstmStep a, long h);

  /**
   * Replaces {@code z}, which holds the gates, by {@code dz}; {@code dc} becomes that of the step
   * before.
   */
  void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy);

  /**
   * Replaces {@code zx} by the gates r, z, n; the n slots of {@code zh} become {@code U h + bU}.
   */
  void gruForward(GateShape s, GateRange r, GruStep a, long h);

  /**
   * Replaces {@code zx} by the gradient of {@code W x + b}, and {@code zh} by that of {@code U h +
   * bU}; {@code direct} is added to {@code dh} and becomes that of the step before.
   */
  void gruBackward(GateShape s, GateRange r, GruStep a, long dh, long dy);

  /** Addresses of one LSTM step. One object per thread, set anew for each step. */
  final class LstmStep {
    public long z; // input's part of the pre-activations
    public long zh; // recurrent part
    public long bias;
    public long cPrev;
    public long c;
    public long tanhC;
  }

  /** Addresses of one GRU step. One object per thread, set anew for each step. */
  final class GruStep {
    public long zx;
    public long zh;
    public long bias;
    public long biasH; // bU of the n gate, as a row of cell states
    public long hPrev;
    public long direct; // (B, dhStride): gradient that reaches the state before past the product
  }
}
