package org.lm4j.compute.composed;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.ComposedBatchDecoder;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.DType;

/**
 * A backend made of eleven operations: {@link #name}, {@link #allocateStorage}, the two {@code
 * upload}s, {@link #download}, {@link #downloadIds}, {@link #copy}, {@link #gemm}, {@link #axpy},
 * {@link #multiply} and {@link #activate}. All others are composed of these, or computed on the
 * host between a download and an upload; and recurrent stacks of any cell run from its equations.
 * That is right, not fast, and takes memory to work in: a backend overrides what it does better.
 *
 * <p>A backend with a fast form of some recurrent stacks overrides {@link #supports} and the five
 * methods named {@code fast…}, which are called for those stacks alone.
 */
public abstract class ComposedBackend extends ComposedOperations {
  /**
   * Creates a backend.
   *
   * @param dtype what it computes with, F32 or F64
   * @param host whether it computes in host memory
   */
  protected ComposedBackend(DType dtype, boolean host) {
    super(dtype, host);
  }

  @Override
  public boolean supports(RnnSpec spec) {
    return false;
  }

  /** Returns {@link #tapeBytes} of a supported stack. */
  protected long fastTapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    throw unsupported(spec);
  }

  /** Creates the {@link #tape} of a supported stack. */
  protected RnnTape fastTape(RnnSpec spec, int steps, int batch, boolean training) {
    throw unsupported(spec);
  }

  /** Runs {@link #rnnForward} of a supported stack; arguments are not checked yet. */
  protected void fastForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    throw unsupported(tape.spec());
  }

  /** Runs {@link #rnnBackward} of a supported stack; arguments are not checked yet. */
  protected void fastBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    throw unsupported(tape.spec());
  }

  /** Creates the {@link #tokenReader} of a supported stack; arguments are not checked yet. */
  protected IncrementalDecoder fastReader(TokenModel model) {
    return new ComposedDecoder(this, model);
  }

  /** Creates the {@link #batchReader} of a supported stack; arguments are not checked yet. */
  protected BatchDecoder fastBatchReader(TokenModel model, int rows) {
    return new ComposedBatchDecoder(this, model, rows);
  }

  private IllegalStateException unsupported(RnnSpec spec) {
    return new IllegalStateException(name() + " has no fast form of " + spec);
  }

  @Override
  public final long tapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    checks.tape(steps, batch);
    return supports(spec)
        ? fastTapeBytes(spec, steps, batch, training)
        : ComposedRnn.bytes(this, spec, steps, batch, training);
  }

  @Override
  public final RnnTape tape(RnnSpec spec, int steps, int batch, boolean training) {
    checks.tape(steps, batch);
    return supports(spec)
        ? fastTape(spec, steps, batch, training)
        : new ComposedRnn(this, spec, steps, batch, training);
  }

  @Override
  public final void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    if (supports(tape.spec())) {
      fastForward(tape, weights, inOut, key, site);
      return;
    }
    checks.rnnForward(tape, weights, inOut, key, site);
    own("rnnForward", tape).forward(weights, inOut, key, site);
  }

  @Override
  public final void rnnBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    if (supports(tape.spec())) {
      fastBackward(tape, weights, gradients);
      return;
    }
    ComposedRnn own = own("rnnBackward", tape);
    checks.rnnBackward(tape, weights, gradients, own.lookup());
    own.backward(weights, gradients);
  }

  private ComposedRnn own(String operation, RnnTape tape) {
    if (tape instanceof ComposedRnn own && own.belongsTo(this)) {
      return own;
    }
    throw new IllegalArgumentException(operation + ": the tape belongs to another backend");
  }

  @Override
  public final IncrementalDecoder tokenReader(TokenModel model) {
    return supports(model.spec()) ? fastReader(model) : new ComposedDecoder(this, model);
  }

  @Override
  public final BatchDecoder batchReader(TokenModel model, int rows) {
    return supports(model.spec())
        ? fastBatchReader(model, rows)
        : new ComposedBatchDecoder(this, model, rows);
  }
}
