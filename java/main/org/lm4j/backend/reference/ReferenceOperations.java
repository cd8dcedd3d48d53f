package org.lm4j.backend.reference;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Checks;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.RowChecks;
import org.lm4j.compute.TokenModel;
import org.lm4j.compute.composed.ComposedDecoder;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * The operations of {@link ReferenceBackend}: checks the arguments of each and calls its
 * implementation.
 */
final class ReferenceOperations implements Backend {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Checks checks = new Checks(DType.F64, true);
  private final RowChecks rows = new RowChecks(checks, true);

  /**
   * Returns the lock that a thread holds during its turn, and while it frees memory that operations
   * may be using.
   */
  ReentrantLock lock() {
    return lock;
  }

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public DType dtype() {
    return DType.F64;
  }

  @Override
  public String description() {
    return "reference: float64, plain loops, 1 thread";
  }

  @Override
  public void close() {
    // holds nothing
  }

  @Override
  public Storage allocateStorage(long byteSize) {
    return new HostStorage(byteSize, lock);
  }

  @Override
  public void upload(Tensor host, Tensor target) {
    checks.upload(host, target);
    convert(host, target);
  }

  @Override
  public void upload(int[] ids, int from, int count, Tensor target) {
    checks.upload(ids, from, count, target);
    for (int i = 0; i < count; i++) {
      target.set(i, ids[from + i]);
    }
  }

  @Override
  public void download(Tensor source, Tensor host) {
    checks.download(source, host);
    convert(source, host);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    checks.copy(source, target);
    target.segment().copyFrom(source.segment());
  }

  @Override
  public void fill(Tensor target, double value) {
    checks.fill(target);
    for (long i = 0; i < target.size(); i++) {
      target.set(i, value);
    }
  }

  @Override
  public void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    checks.gemm(op, a, b, c);
    ReferenceArithmetic.gemm(op, alpha, a, b, beta, c);
  }

  @Override
  public void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    rows.batchedGemm(op, a, b, c);
    for (int i = 0; i < a.shape().dim(0); i++) {
      ReferenceArithmetic.gemm(op, alpha, matrix(a, i), matrix(b, i), beta, matrix(c, i));
    }
  }

  private static Tensor matrix(Tensor batch, int i) {
    return batch.slice(i, 1).reshape(batch.shape().dim(1), batch.shape().dim(2));
  }

  @Override
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    rows.copyColumns(source, from, target, to, width);
    ReferenceArithmetic.copyColumns(source, from, target, to, width);
  }

  @Override
  public void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    rows.copySequences(source, lengths, target);
    ReferenceArithmetic.copySequences(source, lengths, reversed, target);
  }

  @Override
  public void axpy(double alpha, Tensor x, Tensor y) {
    checks.axpy(x, y);
    ReferenceArithmetic.axpy(alpha, x, y);
  }

  @Override
  public void scale(double alpha, Tensor x) {
    checks.scale(x);
    ReferenceArithmetic.scale(alpha, x);
  }

  @Override
  public void multiply(Tensor x, Tensor y, Tensor z) {
    checks.multiply(x, y, z);
    ReferenceArithmetic.multiply(x, y, z);
  }

  @Override
  public void addBias(Tensor bias, Tensor y) {
    rows.addBias(bias, y);
    ReferenceArithmetic.addBias(bias, y);
  }

  @Override
  public void biasGradient(Tensor dy, Tensor db) {
    rows.biasGradient(dy, db);
    ReferenceArithmetic.biasGradient(dy, db);
  }

  @Override
  public void affine(Tensor x, Tensor w, Tensor b, Tensor y) {
    gemm(GemmOp.NT, 1, x, w, 0, y);
    addBias(b, y);
  }

  @Override
  public void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db) {
    gemm(GemmOp.TN, 1, dy, x, 1, dw);
    biasGradient(dy, db);
  }

  @Override
  public void activate(Activation f, Tensor x, Tensor y) {
    checks.activate(x, y);
    ReferenceArithmetic.activate(f, x, y);
  }

  @Override
  public void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    checks.activateBackward(y, dy, dx);
    ReferenceArithmetic.activateBackward(f, y, dy, dx);
  }

  @Override
  public void sum(Tensor x, Tensor out) {
    checks.sum(x, out);
    out.set(0, ReferenceArithmetic.sum(x));
  }

  @Override
  public void embed(Tensor table, Tensor ids, Tensor out) {
    checks.embed(table, ids, out);
    ReferenceEmbedding.embed(table, ids, out);
  }

  @Override
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    checks.embedBackward(dOut, ids, dTable);
    ReferenceEmbedding.embedBackward(dOut, ids, dTable);
  }

  @Override
  public void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {
    checks.dropout(x, y, p, site);
    ReferenceEmbedding.dropout(x, y.address(), p, key, site);
  }

  @Override
  public void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    rows.loss("softmaxCrossEntropy", logits, targets, ignore, loss);
    ReferenceLoss.softmaxCrossEntropy(logits, targets, ignore, gradientScale, loss);
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    rows.loss("crossEntropy", logits, targets, ignore, loss);
    ReferenceLoss.crossEntropy(logits, targets, ignore, loss);
  }

  /** Computes row by row, in the first row of {@code logits}. */
  @Override
  public void affineCrossEntropy( // as the interface has it
      Tensor x,
      Tensor w,
      @Nullable Tensor b,
      Tensor targets,
      int ignore,
      Tensor logits,
      Tensor loss) {
    RowChecks.affineLoss(x, w, b, targets, logits, loss);
    for (int i = 0; i < x.shape().dim(0); i++) {
      Tensor row = logits.slice(0, 1);
      gemm(GemmOp.NT, 1, x.slice(i, 1), w, 0, row);
      if (b != null) {
        addBias(b, row);
      }
      crossEntropy(row, targets.slice(i, 1), ignore, loss.slice(i, 1));
    }
  }

  @Override
  public void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    rows.loss("hinge", scores, targets, ignore, loss);
    ReferenceLoss.hinge(scores, targets, ignore, gradientScale, loss);
  }

  @Override
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    rows.softmax(x, lengths, y);
    ReferenceLoss.softmax(x, lengths, y);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    rows.softmaxBackward(y, dy, dx);
    ReferenceLoss.softmaxBackward(y, dy, dx);
  }

  @Override
  public boolean supports(RnnSpec spec) {
    return true;
  }

  /** Returns 0, because the arrays of a window lie on the heap. */
  @Override
  public long tapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    checks.tape(steps, batch);
    return 0;
  }

  @Override
  public RnnTape tape(RnnSpec spec, int steps, int batch, boolean training) {
    checks.tape(steps, batch);
    return new ReferenceRnn(spec, steps, batch, training);
  }

  @Override
  public void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    checks.rnnForward(tape, weights, inOut, key, site);
    own("rnnForward", tape).forward(weights, inOut, key, site);
  }

  @Override
  public void rnnBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    ReferenceRnn own = own("rnnBackward", tape);
    checks.rnnBackward(tape, weights, gradients, own.lookup());
    own.backward(weights, gradients);
  }

  @Override
  public IncrementalDecoder tokenReader(TokenModel model) {
    return new ComposedDecoder(this, model);
  }

  @Override
  public void clamp(Tensor g, double limit) {
    checks.clamp(g, limit);
    ReferenceUpdates.clamp(g, limit);
  }

  @Override
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    checks.gradientNorm(g, maxNorm, out);
    ReferenceUpdates.gradientNorm(g, maxNorm, out);
  }

  @Override
  public void update(
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    checks.update(rule, w, g, moments, gradientScale, step);
    double scale = gradientScale == null ? 1 : gradientScale.get(1);
    ReferenceUpdates.Rate rate = new ReferenceUpdates.Rate(learningRate, step);
    ReferenceUpdates.update(rule, w, g, moments, scale, rate);
  }

  private static ReferenceRnn own(String operation, RnnTape tape) {
    if (tape instanceof ReferenceRnn own) {
      return own;
    }
    throw new IllegalArgumentException(operation + ": the tape belongs to another backend");
  }

  private static void convert(Tensor source, Tensor target) {
    for (long i = 0; i < source.size(); i++) {
      target.set(i, source.get(i));
    }
  }
}
