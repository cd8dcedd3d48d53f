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
   * Computes {@code h = f(input + zh + bias)}, and writes it to {@code z} too, for the backward
   * pass.
   */
  void rnnForward(GateShape s, GateRange r, boolean relu, ElmanStep a, long h);

  /** Replaces {@code z}, which holds {@code h}, by {@code dz}. */
  void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy);

  /** Writes the gates i, f, g, o to {@code z}; {@code tanhC} is {@code tanh(c)}. */
  void lstmForward(GateShape s, GateRange r, LstmStep a, long h);

  /**
   * Replaces {@code z}, which holds the gates, by {@code dz}; {@code dc} becomes that of the step
   * before.
   */
  void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy);

  /** Writes the gates r, z, n to {@code zx}; the n slots of {@code zh} become {@code U h + bU}. */
  void gruForward(GateShape s, GateRange r, GruStep a, long h);

  /**
   * Replaces {@code zx} by the gradient of {@code W x + b}, and {@code zh} by that of {@code U h +
   * bU}; {@code direct} is added to {@code dh} and becomes that of the step before.
   */
  void gruBackward(GateShape s, GateRange r, GruStep a, long dh, long dy);

  /** Where the input's part of the pre-activations of a forward step lies. */
  class Input {
    /** The address of rows of pre-activations; 0 if they lie where the gates are written. */
    public long table;

    /** The address of the number of the table's row for each row; 0 if they are in order. */
    public long ids;

    /**
     * Returns the address of the input's part of a row.
     *
     * @param gates the address of row 0 of the gates
     */
    public final long row(GateShape s, long gates, int row) {
      long at = row;
      if (ids != 0) {
        at = PlainMemory.getInt(ids, row);
      }
      return (table == 0 ? gates : table) + at * s.zStride() * Float.BYTES;
    }
  }

  /** Addresses of one step without gates. One object per thread, set anew for each step. */
  final class ElmanStep extends Input {
    /** The address of the input's part, which becomes the state. */
    public long z;

    /** The address of the recurrent part of the pre-activations. */
    public long zh;

    /** The address of the bias, a row of pre-activations. */
    public long bias;
  }

  /** Addresses of one LSTM step. One object per thread, set anew for each step. */
  final class LstmStep extends Input {
    /** The address of the input's part, which becomes the gates. */
    public long z;

    /** The address of the recurrent part of the pre-activations. */
    public long zh;

    /** The address of the bias, a row of pre-activations. */
    public long bias;

    /** The address of the cell states before the step. */
    public long cPrev;

    /** The address of the cell states after the step. */
    public long c;

    /** The address of the tanh of these. */
    public long tanhC;

    /** Whether gates and {@code tanhC} are needed later; else they may become anything. */
    public boolean keeps = true;
  }

  /** Addresses of one GRU step. One object per thread, set anew for each step. */
  final class GruStep extends Input {
    /** The address of the input's part, which becomes the gates. */
    public long zx;

    /** The address of the recurrent part of the pre-activations. */
    public long zh;

    /** The address of the bias, a row of pre-activations. */
    public long bias;

    /** The address of {@code bU} of the n gate, a row of cell states. */
    public long biasH;

    /** The address of the hidden states before the step. */
    public long hPrev;

    /**
     * The address of the gradient that reaches the state before past the product, {@code (B,
     * dhStride)}.
     */
    public long direct;
  }
}
