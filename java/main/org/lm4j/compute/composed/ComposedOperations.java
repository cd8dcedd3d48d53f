package org.lm4j.compute.composed;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Checks;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RowChecks;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/** The operations on tensors of a {@link ComposedBackend}. */
abstract class ComposedOperations implements Backend {
  /** Argument checks, to be called first in each operation. */
  protected final Checks checks;

  /** Argument checks of the operations on rows. */
  protected final RowChecks rowChecks;

  private final DType dtype;

  /**
   * Creates a backend.
   *
   * @param dtype what it computes with, F32 or F64
   * @param host whether it computes in host memory
   */
  ComposedOperations(DType dtype, boolean host) {
    this.dtype = dtype;
    this.checks = new Checks(dtype, host);
    this.rowChecks = new RowChecks(checks, host);
  }

  /** Copies ids or lengths to the host. */
  protected abstract int[] downloadIds(Tensor ids);

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public String description() {
    return name() + ": " + (dtype == DType.F64 ? "float64" : "float32");
  }

  /** Does nothing: such a backend holds only what it allocates. */
  @Override
  public void close() {}

  // --- On the host ------------------------------------------------------------------------------

  private double[] read(Tensor source) {
    try (HostCopy host = new HostCopy(source.shape())) {
      download(source, host.tensor());
      return host.tensor().toArray();
    }
  }

  private void write(double[] values, Tensor target) {
    try (HostCopy host = new HostCopy(target.shape())) {
      for (int i = 0; i < values.length; i++) {
        host.tensor().set(i, values[i]);
      }
      upload(host.tensor(), target);
    }
  }

  private void map(Tensor x, Tensor y, DoubleUnaryOperator f) {
    write(Arrays.stream(read(x)).map(f).toArray(), y);
  }

  private int[] ids(String operation, Tensor ids, int limit) {
    int[] values = downloadIds(ids);
    for (int id : values) {
      if (id < 0 || id >= limit) {
        throw new IllegalArgumentException(
            "%s: id %d is not in [0, %d)".formatted(operation, id, limit));
      }
    }
    return values;
  }

  private int[] targets(String operation, Tensor ids, int limit, int ignore) {
    int[] values = downloadIds(ids);
    for (int id : values) {
      if ((id < 0 || id >= limit) && id != ignore) {
        throw new IllegalArgumentException(
            "%s: target %d is neither in [0, %d) nor %d".formatted(operation, id, limit, ignore));
      }
    }
    return values;
  }

  // --- Memory and arithmetic --------------------------------------------------------------------

  @Override
  public void fill(Tensor target, double value) {
    checks.fill(target);
    int size = Math.toIntExact(target.size());
    if (target.dtype() == DType.I32) {
      int[] ids = new int[size];
      Arrays.fill(ids, (int) value);
      upload(ids, 0, size, target);
    } else {
      double[] values = new double[size];
      Arrays.fill(values, value);
      write(values, target);
    }
  }

  @Override
  public void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    rowChecks.batchedGemm(op, a, b, c);
    for (int i = 0; i < a.shape().dim(0); i++) {
      gemm(op, alpha, matrix(a, i), matrix(b, i), beta, matrix(c, i));
    }
  }

  private static Tensor matrix(Tensor batch, int i) {
    return batch.slice(i, 1).reshape(batch.shape().dim(1), batch.shape().dim(2));
  }

  @Override
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    rowChecks.copyColumns(source, from, target, to, width);
    for (int i = 0; i < source.shape().dim(0) && width > 0; i++) {
      copy(
          source.view((long) i * source.shape().dim(1) + from, width),
          target.view((long) i * target.shape().dim(1) + to, width));
    }
  }

  @Override
  public void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    rowChecks.copySequences(source, lengths, target);
    int[] ends = ids("copySequences", lengths, RowChecks.lengthLimit(source, target));
    int width = target.shape().dim(2);
    fill(target, 0);
    for (int t = 0; t < target.shape().dim(0); t++) {
      for (int n = 0; n < ends.length; n++) {
        int from = reversed ? ends[n] - 1 - t : t;
        if (t < ends[n] && from < source.shape().dim(0)) {
          copy(
              source.view(((long) from * ends.length + n) * width, width),
              target.view(((long) t * ends.length + n) * width, width));
        }
      }
    }
  }

  @Override
  public void scale(double alpha, Tensor x) {
    checks.scale(x);
    map(x, x, value -> alpha * value);
  }

  @Override
  public void addBias(Tensor bias, Tensor y) {
    rowChecks.addBias(bias, y);
    for (int i = 0; i < y.shape().dim(0); i++) {
      axpy(1, bias, y.slice(i, 1));
    }
  }

  @Override
  public void biasGradient(Tensor dy, Tensor db) {
    rowChecks.biasGradient(dy, db);
    for (int i = 0; i < dy.shape().dim(0); i++) {
      axpy(1, dy.slice(i, 1), db);
    }
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
  public void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    checks.activateBackward(y, dy, dx);
    double[] values = read(y);
    double[] d = read(dy);
    for (int i = 0; i < d.length; i++) {
      double value = values[i];
      d[i] =
          switch (f) {
            case SIGMOID -> d[i] * value * (1 - value);
            case TANH -> d[i] * (1 - value * value);
            case RELU -> value > 0 ? d[i] : 0;
          };
    }
    write(d, dx);
  }

  @Override
  public void sum(Tensor x, Tensor out) {
    checks.sum(x, out);
    write(new double[] {Arrays.stream(read(x)).sum()}, out);
  }

  // --- Embedding and dropout --------------------------------------------------------------------

  @Override
  public void embed(Tensor table, Tensor ids, Tensor out) {
    checks.embed(table, ids, out);
    int[] rows = ids("embed", ids, table.shape().dim(0));
    for (int i = 0; i < rows.length; i++) {
      copy(table.slice(rows[i], 1), out.slice(i, 1));
    }
  }

  @Override
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    checks.embedBackward(dOut, ids, dTable);
    int[] rows = ids("embedBackward", ids, dTable.shape().dim(0));
    for (int i = 0; i < rows.length; i++) {
      axpy(1, dOut.slice(i, 1), dTable.slice(rows[i], 1));
    }
  }

  @Override
  public void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {
    checks.dropout(x, y, p, site);
    write(HostRows.dropout(read(x), x.shape().dim(-1), p, key, site), y);
  }

  // --- Loss -------------------------------------------------------------------------------------

  @Override
  public void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    String operation = "softmaxCrossEntropy";
    rowChecks.loss(operation, logits, targets, ignore, loss);
    int[] wanted = targets(operation, targets, logits.shape().dim(1), ignore);
    double[] z = read(logits);
    write(HostRows.crossEntropy(z, wanted, ignore), loss);
    HostRows.crossEntropyGradient(z, wanted, ignore, gradientScale);
    write(z, logits);
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    rowChecks.loss("crossEntropy", logits, targets, ignore, loss);
    int[] wanted = targets("crossEntropy", targets, logits.shape().dim(1), ignore);
    write(HostRows.crossEntropy(read(logits), wanted, ignore), loss);
  }

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
    int rows = x.shape().dim(0);
    int most = logits.shape().dim(0);
    for (int from = 0; from < rows; from += most) {
      int count = Math.min(most, rows - from);
      Tensor block = logits.slice(0, count);
      if (b == null) {
        gemm(GemmOp.NT, 1, x.slice(from, count), w, 0, block);
      } else {
        affine(x.slice(from, count), w, b, block);
      }
      crossEntropy(block, targets.slice(from, count), ignore, loss.slice(from, count));
    }
  }

  @Override
  public void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    rowChecks.loss("hinge", scores, targets, ignore, loss);
    int[] wanted = targets("hinge", targets, scores.shape().dim(1), ignore);
    double[] s = read(scores);
    write(HostRows.hinge(s, wanted, ignore, gradientScale), loss);
    write(s, scores);
  }

  @Override
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    rowChecks.softmax(x, lengths, y);
    int width = x.shape().dim(1);
    int[] counted = new int[x.shape().dim(0)];
    Arrays.fill(counted, width);
    if (lengths != null) {
      counted = ids("softmax", lengths, width + 1);
    }
    write(HostRows.softmax(read(x), counted, width), y);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    rowChecks.softmaxBackward(y, dy, dx);
    write(HostRows.softmaxBackward(read(y), read(dy), y.shape().dim(1)), dx);
  }

  // --- Optimization -----------------------------------------------------------------------------

  @Override
  public void clamp(Tensor g, double limit) {
    checks.clamp(g, limit);
    map(g, g, value -> Math.min(Math.max(value, -limit), limit));
  }

  @Override
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    checks.gradientNorm(g, maxNorm, out);
    double norm = Math.sqrt(Arrays.stream(read(g)).map(value -> value * value).sum());
    write(new double[] {norm, Math.min(1, maxNorm / (norm + 1e-6))}, out);
  }

  @Override
  public void update( // as the interface has it
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    checks.update(rule, w, g, moments, gradientScale, step);
    double scale = gradientScale == null ? 1 : read(gradientScale)[1];
    double[] weights = read(w);
    List<double[]> kept = moments.stream().map(this::read).toList();
    HostUpdate update = new HostUpdate(rule, scale, learningRate, step);
    update.run(weights, read(g), kept);
    write(weights, w);
    for (int i = 0; i < kept.size(); i++) {
      write(kept.get(i), moments.get(i));
    }
    fill(g, 0);
  }
}
