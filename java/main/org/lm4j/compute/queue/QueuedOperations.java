package org.lm4j.compute.queue;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/** The operations on tensors of a {@link QueuedBackend}: each waits its turn. */
abstract class QueuedOperations implements Backend {
  final Backend operations;
  private final ReentrantLock lock;
  private final Turn turn = new Turn();
  private boolean closed; // read and written in a turn only

  QueuedOperations(Backend operations, ReentrantLock lock) {
    this.operations = operations;
    this.lock = lock;
  }

  /** A thread's turn, which ends when it is closed. */
  final class Turn implements AutoCloseable {
    private Turn() {}

    @Override
    public void close() {
      lock.unlock();
    }
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

  /** Waits for a turn to free memory, which is also possible after the backend was closed. */
  final Turn lastTurn() {
    lock.lock();
    return turn;
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
  public final void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    try (Turn _ = turn()) {
      operations.negativeSampling(samples, dx, lossSum);
    }
  }

  @Override
  public final void negativeSamplingUpdate(NegativeSamples samples, double alpha, Tensor table) {
    try (Turn _ = turn()) {
      operations.negativeSamplingUpdate(samples, alpha, table);
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

  @Override
  public final void gradientNorm(SparseGradient g, double maxNorm, Tensor out) {
    try (Turn _ = turn()) {
      operations.gradientNorm(g, maxNorm, out);
    }
  }

  @Override
  public final void update(
      UpdateRule rule,
      Tensor w,
      SparseGradient g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    try (Turn _ = turn()) {
      operations.update(rule, w, g, moments, gradientScale, learningRate, step);
    }
  }
}
