package org.lm4j.nn;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.tensor.Tensor;

/**
 * One time step of one recurrent layer: the RNN step, the LSTM step or the GRU step, depending on
 * the cell.
 *
 * <pre>
 *   RNN   h' = tanh(W x + b + U h + bU)
 *   LSTM  i, f, g, o = σ, σ, tanh, σ of the four blocks of W x + b + U h + bU
 *         c' = f ⊙ c + i ⊙ g        h' = o ⊙ tanh c'
 * </pre>
 *
 * <p>A step is a window of one step: the equations are those of {@link Recurrent}, and stepping
 * through a sequence gives the same result as {@link Recurrent} over the whole sequence. Use steps
 * if the hidden state is needed between two steps, for attention or to choose the next word;
 * otherwise use the window, which is much faster.
 *
 * <p>A {@link Cache} holds the values that the backward pass needs, one for each step:
 *
 * <pre>{@code
 * for (int t = 0; t < T; t++) {
 *   step.forward(caches[t], x[t], states[t], states[t + 1]);
 * }
 * for (int t = T - 1; t >= 0; t--) {      // dStates[t + 1] + what comes from step t's output
 *   step.backward(caches[t], dStates[t + 1], dx[t], dStates[t]);
 * }
 * }</pre>
 */
public final class RecurrentStep {
  private final Backend backend;
  private final Recurrent layer;

  /**
   * Creates a step over the weights of {@code layer}.
   *
   * @throws IllegalArgumentException if it is a stack of more than one layer
   */
  public RecurrentStep(Backend backend, Recurrent layer) {
    if (layer.spec().layers() != 1) {
      throw new IllegalArgumentException(
          "a step is one layer's, not that of " + layer.spec().layers());
    }
    this.backend = backend;
    this.layer = layer;
  }

  /**
   * The values that a forward pass keeps for its backward pass: gates and, by reference, input and
   * states, which must not change until the backward pass is done. Allocated once and reused for
   * any number of steps.
   */
  public static final class Cache implements AutoCloseable {
    private final int batch;
    private final RnnTape tape;
    private final Tensor y; // (1, B, H), the new hidden state once more
    private final Tensor noGradient; // (1, B, H), zero: all gradient comes through the state

    private Cache(Backend backend, Recurrent layer, int batch) {
      this.batch = batch;
      this.tape = layer.tape(1, batch, true);
      this.y = backend.allocate(1, batch, layer.spec().hiddenSize());
      this.noGradient = backend.allocate(1, batch, layer.spec().hiddenSize());
    }

    @Override
    public void close() {
      tape.close();
      y.storage().close();
      noGradient.storage().close();
    }
  }

  /** Returns a cache for steps of {@code batch} sequences; the caller closes it. */
  public Cache cache(int batch) {
    return new Cache(backend, layer, batch);
  }

  /**
   * Computes one step forward.
   *
   * @param x input, {@code (B, D)}
   * @param before state before the step, {@code (1, B, H)} each
   * @param after state after it; overwritten; not the same tensors as {@code before}
   */
  public void forward(Cache cache, Tensor x, RnnState before, RnnState after) {
    Tensor window = x.reshape(1, cache.batch, layer.spec().inputSize());
    layer.forward(cache.tape, new RnnInOut(window, before, cache.y, after), null);
  }

  /**
   * Computes the backward pass of a step. Gradients of the weights accumulate over the steps.
   *
   * @param dAfter gradient of the state after the step, from the later steps and all other uses
   * @param dx gradient of the input, {@code (B, D)}, or null if not needed; overwritten
   * @param dBefore gradient of the state before the step; overwritten; not the same tensors as
   *     {@code dAfter}
   */
  public void backward(Cache cache, RnnState dAfter, @Nullable Tensor dx, RnnState dBefore) {
    Tensor window = dx == null ? null : dx.reshape(1, cache.batch, layer.spec().inputSize());
    layer.backward(cache.tape, layer.gradients(cache.noGradient, dAfter, window, dBefore));
  }
}
