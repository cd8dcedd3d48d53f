package org.lm4j.compute.queue;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.SoleUse;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Storage;

/**
 * A backend that any number of threads may share: their operations are done one at a time, and
 * threads wait their turn. Memory that it allocated is freed between operations, so that closing a
 * tensor, a tape, a reader or the backend itself waits for what is under way; what comes later
 * throws {@link IllegalStateException}.
 *
 * <p>What computes is another backend, known to this one alone, which need not know of threads.
 */
public abstract class QueuedBackend extends QueuedOperations {

  /**
   * Creates a backend that runs the operations of another one at a time.
   *
   * @param operations closed with this backend
   * @param lock held by the thread whose turn it is; memory that the operations allocate must be
   *     freed while holding it
   */
  protected QueuedBackend(Backend operations, ReentrantLock lock) {
    super(operations, lock);
  }

  private QueuedTape own(String operation, RnnTape tape) {
    if (tape instanceof QueuedTape own && own.belongsTo(this)) {
      return own;
    }
    throw new IllegalArgumentException(operation + ": the tape belongs to another backend");
  }

  @Override
  public final String name() {
    return operations.name();
  }

  @Override
  public final DType dtype() {
    return operations.dtype();
  }

  @Override
  public final String description() {
    try (Turn _ = turn()) {
      return operations.description();
    }
  }

  /** Runs the work of one step in one turn. */
  @Override
  public final void step(Runnable work) {
    try (Turn _ = turn()) {
      operations.step(work);
    }
  }

  @Override
  public final boolean supports(RnnSpec spec) {
    return operations.supports(spec);
  }

  @Override
  public final int stepsPerReading() {
    return operations.stepsPerReading();
  }

  @Override
  public final long outputBlockBytes() {
    try (Turn _ = turn()) { // a GPU is asked through memory that all calls share
      return operations.outputBlockBytes();
    }
  }

  @Override
  public final double productEpsilon() {
    return operations.productEpsilon();
  }

  @Override
  public final long availableBytes() {
    try (Turn _ = turn()) {
      return operations.availableBytes();
    }
  }

  @Override
  public final long tapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    try (Turn _ = turn()) {
      return operations.tapeBytes(spec, steps, batch, training);
    }
  }

  @Override
  public final RnnTape tape(RnnSpec spec, int steps, int batch, boolean training) {
    try (Turn _ = turn()) {
      return new QueuedTape(this, operations.tape(spec, steps, batch, training));
    }
  }

  @Override
  public final void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    QueuedTape own = own("rnnForward", tape);
    try (SoleUse.Use _ = own.use().begin();
        Turn _ = turn()) {
      operations.rnnForward(own.open(), weights, inOut, key, site);
    }
  }

  @Override
  public final void rnnBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    QueuedTape own = own("rnnBackward", tape);
    try (SoleUse.Use _ = own.use().resume();
        Turn _ = turn()) {
      operations.rnnBackward(own.open(), weights, gradients);
    }
  }

  @Override
  public final IncrementalDecoder tokenReader(TokenModel model) {
    try (Turn _ = turn()) {
      model.requireOpen();
      return new QueuedDecoder(this, model, operations.tokenReader(model));
    }
  }

  @Override
  public final BatchDecoder batchReader(TokenModel model, int rows) {
    try (Turn _ = turn()) {
      model.requireOpen();
      return new QueuedBatchDecoder(this, model, operations.batchReader(model, rows));
    }
  }

  @Override
  public final Storage allocateStorage(long byteSize) {
    try (Turn _ = turn()) {
      return operations.allocateStorage(byteSize);
    }
  }

  @Override
  public final RnnLayout layout(RnnSpec spec) {
    try (Turn _ = turn()) {
      return operations.layout(spec);
    }
  }
}
