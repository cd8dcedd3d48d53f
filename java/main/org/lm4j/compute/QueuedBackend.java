package org.lm4j.compute;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * A backend that any number of threads may share: their operations are done one at a time, and
 * threads wait their turn. Memory that it allocated is freed between operations, so that closing a
 * tensor, a tape, a reader or the backend itself waits for what is under way; what comes later
 * throws {@link IllegalStateException}.
 *
 * <p>What computes is another backend, known to this one alone, which need not know of threads.
 */
public abstract class QueuedBackend implements Backend {
  private final Backend operations;
  private final ReentrantLock lock;
  private final Turn turn = new Turn();
  private boolean closed; // read and written in a turn only

  /** A thread's turn, which ends when it is closed. */
  final class Turn implements AutoCloseable {
    private Turn() {}

    @Override
    public void close() {
      lock.unlock();
    }
  }

  /**
   * Does one at a time what {@code operations} does.
   *
   * @param operations closed with this backend
   * @param lock held by whoever has its turn; memory that the operations allocate must be freed
   *     while holding it
   */
  protected QueuedBackend(Backend operations, ReentrantLock lock) {
    this.operations = operations;
    this.lock = lock;
  }

  /**
   * Waits for the calling thread's turn.
   *
   * @throws IllegalStateException if the backend is closed
   */
  final Turn turn() {
    lock.lock();
    if (closed) {
      lock.unlock();
      throw new IllegalStateException("the " + operations.name() + " backend is closed");
    }
    return turn;
  }

  /** The same for freeing what is left, which may be done after the backend was closed. */
  final Turn lastTurn() {
    lock.lock();
    return turn;
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

  /** Waits for the operation that is under way, and frees what the backend holds. */
  @Override
  public final void close() {
    try (Turn _ = lastTurn()) {
      if (!closed) {
        closed = true;
        operations.close();
      }
    }
  }

  /** The work of one step is one turn. */
  @Override
  public final void step(Runnable work) {
    try (Turn _ = turn()) {
      operations.step(work);
    }
  }

  @Override
  public final int stepsPerReading() {
    return operations.stepsPerReading();
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
    return operations.tapeBytes(spec, steps, batch, training);
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

  @Override
  public final void upload(Tensor host, Tensor target) {
    try (Turn _ = turn()) {
      operations.upload(host, target);
    }
  }

  @Override
  public final void upload(int[] ids, int from, int count, Tensor target) {
    try (Turn _ = turn()) {
      operations.upload(ids, from, count, target);
    }
  }

  @Override
  public final void download(Tensor source, Tensor host) {
    try (Turn _ = turn()) {
      operations.download(source, host);
    }
  }

  @Override
  public final void copy(Tensor source, Tensor target) {
    try (Turn _ = turn()) {
      operations.copy(source, target);
    }
  }

  @Override
  public final void fill(Tensor target, double value) {
    try (Turn _ = turn()) {
      operations.fill(target, value);
    }
  }

  @Override
  public final void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    try (Turn _ = turn()) {
      operations.gemm(op, alpha, a, b, beta, c);
    }
  }

  @Override
  public final void batchedGemm(
      GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    try (Turn _ = turn()) {
      operations.batchedGemm(op, alpha, a, b, beta, c);
    }
  }

  @Override
  public final void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    try (Turn _ = turn()) {
      operations.copyColumns(source, from, target, to, width);
    }
  }

  @Override
  public final void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    try (Turn _ = turn()) {
      operations.copySequences(source, lengths, reversed, target);
    }
  }

  @Override
  public final void axpy(double alpha, Tensor x, Tensor y) {
    try (Turn _ = turn()) {
      operations.axpy(alpha, x, y);
    }
  }

  @Override
  public final void scale(double alpha, Tensor x) {
    try (Turn _ = turn()) {
      operations.scale(alpha, x);
    }
  }

  @Override
  public final void multiply(Tensor x, Tensor y, Tensor z) {
    try (Turn _ = turn()) {
      operations.multiply(x, y, z);
    }
  }

  @Override
  public final void addBias(Tensor bias, Tensor y) {
    try (Turn _ = turn()) {
      operations.addBias(bias, y);
    }
  }

  @Override
  public final void biasGradient(Tensor dy, Tensor db) {
    try (Turn _ = turn()) {
      operations.biasGradient(dy, db);
    }
  }

  @Override
  public final void affine(Tensor x, Tensor w, Tensor b, Tensor y) {
    try (Turn _ = turn()) {
      operations.affine(x, w, b, y);
    }
  }

  @Override
  public final void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db) {
    try (Turn _ = turn()) {
      operations.affineGradients(x, dy, dw, db);
    }
  }

  @Override
  public final void activate(Activation f, Tensor x, Tensor y) {
    try (Turn _ = turn()) {
      operations.activate(f, x, y);
    }
  }

  @Override
  public final void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    try (Turn _ = turn()) {
      operations.activateBackward(f, y, dy, dx);
    }
  }

  @Override
  public final void sum(Tensor x, Tensor out) {
    try (Turn _ = turn()) {
      operations.sum(x, out);
    }
  }

  @Override
  public final void embed(Tensor table, Tensor ids, Tensor out) {
    try (Turn _ = turn()) {
      operations.embed(table, ids, out);
    }
  }

  @Override
  public final void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    try (Turn _ = turn()) {
      operations.embedBackward(dOut, ids, dTable);
    }
  }

  @Override
  public final void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {
    try (Turn _ = turn()) {
      operations.dropout(x, y, p, key, site);
    }
  }

  @Override
  public final void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    try (Turn _ = turn()) {
      operations.softmaxCrossEntropy(logits, targets, ignore, gradientScale, loss);
    }
  }

  @Override
  public final void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    try (Turn _ = turn()) {
      operations.crossEntropy(logits, targets, ignore, loss);
    }
  }

  @Override
  public final void affineCrossEntropy(
      Tensor x,
      Tensor w,
      @Nullable Tensor b,
      Tensor targets,
      int ignore,
      Tensor logits,
      Tensor loss) {
    try (Turn _ = turn()) {
      operations.affineCrossEntropy(x, w, b, targets, ignore, logits, loss);
    }
  }

  @Override
  public final void hinge(
      Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    try (Turn _ = turn()) {
      operations.hinge(scores, targets, ignore, gradientScale, loss);
    }
  }

  @Override
  public final void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    try (Turn _ = turn()) {
      operations.softmax(x, lengths, y);
    }
  }

  @Override
  public final void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    try (Turn _ = turn()) {
      operations.softmaxBackward(y, dy, dx);
    }
  }

  @Override
  public final void clamp(Tensor g, double limit) {
    try (Turn _ = turn()) {
      operations.clamp(g, limit);
    }
  }

  @Override
  public final void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    try (Turn _ = turn()) {
      operations.gradientNorm(g, maxNorm, out);
    }
  }

  @Override
  public final void update(
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    try (Turn _ = turn()) {
      operations.update(rule, w, g, moments, gradientScale, learningRate, step);
    }
  }
}
