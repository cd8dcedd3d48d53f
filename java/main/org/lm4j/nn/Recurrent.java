package org.lm4j.nn;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/** A recurrent stack over a whole window: the backend's recurrent operation with its weights. */
public final class Recurrent implements AutoCloseable {
  private final Backend backend;
  private final RnnSpec spec;
  private final RnnWeights weights;
  private final Parameters parameters;
  private final RnnNames names;
  private final int site;
  private final @Nullable WeightDropout weightDropout;
  private @Nullable RandomKey droppedBy; // in the last forward pass of training; null for none

  /**
   * Creates a stack over the parameters named {@code prefix + "weight_ih_l0"} and so on.
   *
   * @param site the first of {@code L - 1} dropout sites
   */
  public Recurrent(Backend backend, RnnSpec spec, Parameters parameters, String prefix, int site) {
    this(backend, spec, parameters, RnnNames.of(prefix), site);
  }

  /**
   * Creates a stack with dropout of recurrent weights in training. Then each {@link #backward} must
   * directly follow its {@link #forward}, with gradients that are zero, and the stack must be
   * closed.
   *
   * @param site the first of {@code 2 L - 1} dropout sites
   * @param weightDropout probability of dropping a recurrent weight, in [0, 1)
   */
  public Recurrent( // what it is, what it is made of, and what is dropped
      Backend backend,
      RnnSpec spec,
      Parameters parameters,
      String prefix,
      int site,
      double weightDropout) {
    this(
        backend,
        spec,
        parameters,
        RnnNames.of(prefix),
        site,
        weightDropout == 0
            ? null
            : new WeightDropout(
                backend, spec, parameters, prefix, weightDropout, site + spec.layers() - 1));
  }

  /** Creates a stack over parameters with other names. */
  Recurrent(Backend backend, RnnSpec spec, Parameters parameters, RnnNames names, int site) {
    this(backend, spec, parameters, names, site, null);
  }

  private Recurrent(
      Backend backend,
      RnnSpec spec,
      Parameters parameters,
      RnnNames names,
      int site,
      @Nullable WeightDropout weightDropout) {
    this.backend = backend;
    this.spec = spec;
    this.parameters = parameters;
    this.names = names;
    this.weights = parameters.rnnViews(names, spec.layers(), false);
    this.site = site;
    this.weightDropout = weightDropout;
  }

  /** Returns the stack's shape. */
  public RnnSpec spec() {
    return spec;
  }

  /** Returns the weights. */
  public RnnWeights weights() {
    return weights;
  }

  /** Returns a tape for windows of {@code steps} by {@code batch}; the caller closes it. */
  public RnnTape tape(int steps, int batch, boolean training) {
    return backend.tape(spec, steps, batch, training);
  }

  /** Returns a zero state for {@code batch} sequences; the caller closes its storage. */
  public RnnState newState(int batch) {
    int layers = spec.layers();
    int hidden = spec.hiddenSize();
    return new RnnState(
        backend.allocate(layers, batch, hidden),
        spec.cell().hasCellState() ? backend.allocate(layers, batch, hidden) : null);
  }

  /** Runs the stack; {@code key} may be null if there is no dropout. */
  public void forward(RnnTape tape, RnnInOut inOut, @Nullable RandomKey key) {
    RnnWeights used = weights;
    if (weightDropout != null && tape.training()) {
      droppedBy = key;
      used = key == null ? weights : weightDropout.drop(key);
    }
    backend.rnnForward(tape, used, inOut, key, site);
  }

  /**
   * Returns the gradients that {@link #backward} fills: those of the weights in the parameters, the
   * others as given.
   *
   * @param dy {@code (T, B, H)}
   * @param dx {@code (T, B, D)}, or null if not needed
   */
  public RnnGradients gradients(Tensor dy, @Nullable Tensor dx) {
    return new RnnGradients(dy, null, dx, null, weightGradients());
  }

  /**
   * Returns the gradients that {@link #backward} fills, with those of the states at the window's
   * edges.
   *
   * @param dLast gradient of the state after the window, or null for zero
   * @param dInitial gradient of the state before it, or null if not needed
   */
  public RnnGradients gradients(
      Tensor dy, @Nullable RnnState dLast, @Nullable Tensor dx, @Nullable RnnState dInitial) {
    return new RnnGradients(dy, dLast, dx, dInitial, weightGradients());
  }

  /**
   * Returns the gradients that {@link #backward} fills after a forward pass with a lookup.
   *
   * @param dx working memory, {@code (T, B, D)}
   * @param dTable gradient of the table, {@code (V, D)}
   */
  public RnnGradients gradients(Tensor dy, Tensor dx, Tensor dTable) {
    return new RnnGradients(dy, null, dx, null, weightGradients(), dTable);
  }

  private RnnWeights weightGradients() {
    return parameters.rnnViews(names, spec.layers(), true);
  }

  /** Computes the gradients of the last forward pass on this tape. */
  public void backward(RnnTape tape, RnnGradients gradients) {
    RandomKey key = droppedBy;
    if (weightDropout == null || key == null) {
      backend.rnnBackward(tape, weights, gradients);
      return;
    }
    backend.rnnBackward(tape, weightDropout.weights(), gradients);
    weightDropout.backward(gradients.dWeights(), key);
  }

  /** Frees the memory for weights that are dropped; does nothing without. */
  @Override
  public void close() {
    if (weightDropout != null) {
      weightDropout.close();
    }
  }
}
