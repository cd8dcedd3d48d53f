package org.lm4j.compute;

import org.lm4j.tensor.Tensor;

/**
 * The words and candidates of a step of negative sampling ({@link Backend#negativeSampling}): N
 * words, each with C places for candidates. The loss of a candidate whose product with its word is
 * s is {@code -log σ(s)} if it is a context word, its weight times {@code -log σ(-s)} if it was
 * drawn.
 *
 * @param table {@code (V, D)}: the vectors of all candidates
 * @param x {@code (N, D)}: the vectors of the words
 * @param candidates {@code I32 (N·C)}, each in [0, V); checked
 * @param classes {@code I32 (N·C)}: 1 for a context word, 0 for one drawn, -1 for an empty place;
 *     checked
 * @param weights {@code (N·C)}
 * @param scores {@code (N·C)}: overwritten with the gradients of the products
 * @param work memory to work in
 */
public record NegativeSamples(
    Tensor table,
    Tensor x,
    Tensor candidates,
    Tensor classes,
    Tensor weights,
    Tensor scores,
    Work work) {
  private static final int NONE = -1;

  /**
   * Memory to work in, which a backend may overwrite.
   *
   * @param vectors {@code (N·C, D)}
   * @param logits {@code (N·C, 2)}
   * @param losses {@code (N·C)}
   */
  public record Work(Tensor vectors, Tensor logits, Tensor losses) {}

  /**
   * Computes {@link Backend#negativeSampling} by other operations: s is a pair of logits, 0 and s.
   */
  void differentiate(Backend backend, Tensor dx, Tensor lossSum) {
    RowChecks.samplingShapes(this, dx, lossSum);
    int n = x.shape().dim(0);
    int d = x.shape().dim(1);
    int c = places();
    Tensor vectors = work.vectors.reshape(n, c, d);
    Tensor column = scores.reshape(n * c, 1);
    backend.embed(table, candidates, work.vectors);
    backend.batchedGemm(GemmOp.NN, 1, vectors, x.reshape(n, d, 1), 0, scores.reshape(n, c, 1));
    backend.fill(work.logits, 0);
    backend.copyColumns(column, 0, work.logits, 1, 1);
    backend.softmaxCrossEntropy(work.logits, classes, NONE, 1, work.losses);
    backend.multiply(work.losses, weights, work.losses);
    backend.sum(work.losses, lossSum);
    backend.copyColumns(work.logits, 1, column, 0, 1);
    backend.multiply(scores, weights, scores);
    backend.batchedGemm(GemmOp.NN, 1, scores.reshape(n, 1, c), vectors, 0, dx.reshape(n, 1, d));
  }

  /** Computes {@link Backend#negativeSamplingUpdate} by other operations. */
  void update(Backend backend, double alpha, Tensor into) {
    RowChecks.updateShapes(this, into);
    int n = x.shape().dim(0);
    int d = x.shape().dim(1);
    int c = places();
    Tensor updates = work.vectors.reshape(n, c, d);
    backend.batchedGemm(GemmOp.NN, alpha, scores.reshape(n, c, 1), x.reshape(n, 1, d), 0, updates);
    backend.embedBackward(work.vectors, candidates, into);
  }

  /** Returns the number C of places for candidates of a word. */
  public int places() {
    return Math.toIntExact(scores.size() / Math.max(1, x.shape().dim(0)));
  }
}
