package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/** Products of tensors that have been checked, handed to the jobs as addresses and strides. */
public final class TensorGemm {
  private final Jobs jobs;

  /** Creates products that use the given jobs. */
  public TensorGemm(Jobs jobs) {
    this.jobs = jobs;
  }

  /** Computes product {@code index} of several, or the only one of two matrices. */
  public void run(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c, int index) {
    int rank = a.shape().rank();
    int columnsOfA = a.shape().dim(rank - 1);
    int columnsOfB = b.shape().dim(rank - 1);
    int rows = c.shape().dim(rank - 2);
    int columns = c.shape().dim(rank - 1);
    int depth = op.transposeA() ? a.shape().dim(rank - 2) : columnsOfA;
    long atA = a.address() + (long) index * a.shape().dim(rank - 2) * columnsOfA * Float.BYTES;
    long atB = b.address() + (long) index * b.shape().dim(rank - 2) * columnsOfB * Float.BYTES;
    long atC = c.address() + (long) index * rows * columns * Float.BYTES;
    // A stride of at least one even where nothing is read, as CBLAS demands.
    jobs.gemm(rows, columns, depth)
        .operands(
            op.transposeA(),
            atA,
            Math.max(1, columnsOfA),
            op.transposeB(),
            atB,
            Math.max(1, columnsOfB))
        .run(rows, columns, depth, (float) alpha, (float) beta, atC, Math.max(1, columns));
  }

  /** Returns whether Java kernels compute a product of these extents, none of which is 0. */
  private boolean ours(int rows, int columns, int depth) {
    return rows > 0 && columns > 0 && depth > 0 && jobs.engine.of(rows, columns, depth) == null;
  }

  /** Returns whether {@link #affine} is for these. */
  public boolean affineIsOurs(Tensor x, Tensor w) {
    return ours(x.shape().dim(0), w.shape().dim(0), w.shape().dim(1));
  }

  /** Returns whether {@link #affineGradients} is for these. */
  public boolean affineGradientsAreOurs(Tensor x, Tensor dw) {
    return ours(dw.shape().dim(0), dw.shape().dim(1), x.shape().dim(0));
  }

  /** Computes {@code y = x · wᵀ + b} by Java kernels. */
  public void affine(Tensor x, Tensor w, Tensor b, Tensor y) {
    int depth = x.shape().dim(1);
    int columns = y.shape().dim(1);
    jobs.panels
        .affine(x.address(), depth, w.address(), depth, b.address())
        .run(x.shape().dim(0), columns, depth, 1, 0, y.address(), columns);
  }

  /** Returns whether {@link #affineCrossEntropy} is for these, or they are too few or too wide. */
  public boolean scores(Tensor x, Tensor w) {
    int depth = w.shape().dim(1);
    return jobs.engine.all() == null
        && x.shape().dim(0) >= ScoringJob.FEWEST_ROWS
        && w.shape().dim(0) > 0
        && depth > 0
        && depth <= ScoringJob.MOST_DEPTH;
  }

  /** Computes the losses of {@code softmax(x · wᵀ + b)} without storing the logits. */
  public void affineCrossEntropy(
      Tensor x, Tensor w, @Nullable Tensor b, Tensor targets, int ignore, Tensor loss) {
    jobs.scoring()
        .layer(w.shape().dim(0), w.shape().dim(1), w.address(), b == null ? 0 : b.address())
        .targets(targets.address(), ignore, loss.address())
        .run(x.shape().dim(0), x.address());
  }

  /** Computes {@code dw += dyᵀ · x} and {@code db += Σ dy} by Java kernels. */
  public void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db) {
    int rows = dw.shape().dim(0);
    int columns = dw.shape().dim(1);
    jobs.panels
        .withColumnSums(dy.address(), rows, x.address(), columns, db.address())
        .run(rows, columns, x.shape().dim(0), 1, 1, dw.address(), columns);
  }
}
