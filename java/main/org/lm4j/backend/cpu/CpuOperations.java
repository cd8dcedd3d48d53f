package org.lm4j.backend.cpu;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.job.ElementJob;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.TensorGemm;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.backend.cpu.rnn.CpuRnnTape;
import org.lm4j.backend.cpu.rnn.RnnStep;
import org.lm4j.backend.cpu.rnn.TapeBytes;
import org.lm4j.compute.Activation;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.RowChecks;
import org.lm4j.compute.TokenModel;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/** The operations of {@link CpuBackend}: checks the arguments of each and assigns it to a job. */
class CpuOperations extends RowOperations {
  /**
   * Of logits: each block converts and packs all weights anew, which costs more than the caches
   * gain.
   */
  private static final long CONVERTED_BLOCK_BYTES = 128L << 20;

  /** Nanoseconds: a step that takes longer gains more by several threads than their waits cost. */
  private static final long LONGEST_ALONE = 2_000_000;

  private final ReentrantLock lock = new ReentrantLock(true);
  private final MatrixEngine engine;
  private final WorkerTeam team;
  private final Jobs jobs;
  private final TensorGemm products;
  final StepSharing sharing;

  /**
   * Creates a backend with a new team of threads.
   *
   * @param engine decides what multiplies matrices
   * @param threads at least 1
   */
  CpuOperations(MatrixEngine engine, int threads) {
    this(engine, FloatPanels.INSTANCE, threads);
  }

  /** Creates a backend whose factors have another number format where no library computes. */
  CpuOperations(MatrixEngine engine, Panels numbers, int threads) {
    this.engine = engine;
    this.team = new WorkerTeam(threads);
    try {
      this.jobs = new Jobs(team, engine, numbers);
    } catch (RuntimeException | OutOfMemoryError e) {
      team.close();
      throw e;
    }
    this.products = new TensorGemm(jobs);
    this.sharing = new StepSharing(threads, LONGEST_ALONE);
  }

  /**
   * Returns the lock that a thread holds during its turn, and while it frees memory that operations
   * may be using.
   */
  ReentrantLock lock() {
    return lock;
  }

  @Override
  Jobs jobs() {
    return jobs;
  }

  /** Returns the library that computes every product; null where Java kernels compute any. */
  @Nullable Cblas blas() {
    return engine.all();
  }

  /** Returns whether it computes in vectors; otherwise in plain loops, which are slow. */
  boolean vectorised() {
    return Kernels.VECTORISED;
  }

  /** Returns the number of threads that share the work. */
  int threads() {
    return team.size();
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    String described = describe(jobs.numbers.description());
    return jobs.numbers.converts()
        ? described
        : described + "; matrix multiplication: " + engine.description();
  }

  /** Returns a line that names the numbers of products. */
  String describe(String numbers) {
    String threads = team.size() == 1 ? "1 thread" : team.size() + " threads";
    return "cpu: %s, %s, %s".formatted(numbers, threads, Kernels.description());
  }

  @Override
  public double productEpsilon() {
    return (jobs.numbers.converts() ? Precision.BF16 : Precision.FP32).epsilon();
  }

  @Override
  public long outputBlockBytes() {
    return jobs.numbers.converts() ? CONVERTED_BLOCK_BYTES : super.outputBlockBytes();
  }

  @Override
  public void close() {
    team.close();
    jobs.close();
  }

  /**
   * Runs a step whose parts are computed by a thread each, or all by the calling one, whichever has
   * been faster so far. The parts are the same, and so are the results.
   */
  @Override
  public void step(Runnable work) {
    long begun = System.nanoTime();
    team.runAlone(sharing.parts() == 1);
    try {
      work.run();
    } finally {
      team.runAlone(false);
    }
    sharing.add(System.nanoTime() - begun);
  }

  @Override
  public Storage allocateStorage(long byteSize) {
    return new HostStorage(byteSize, lock);
  }

  @Override
  public void upload(Tensor host, Tensor target) {
    checks.upload(host, target);
    HostTransfer.convert(host, target);
  }

  @Override
  public void upload(int[] ids, int from, int count, Tensor target) {
    checks.upload(ids, from, count, target);
    HostTransfer.ids(ids, from, count, target.address());
  }

  @Override
  protected int[] downloadIds(Tensor ids) {
    return HostTransfer.ids(ids);
  }

  @Override
  public void download(Tensor source, Tensor host) {
    checks.download(source, host);
    HostTransfer.convert(source, host);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    checks.copy(source, target);
    HostTransfer.copy(source, target);
  }

  @Override
  public void fill(Tensor target, double value) {
    checks.fill(target);
    if (target.dtype() == DType.F32) {
      jobs.elements.run(ElementJob.Op.FILL, target.size(), (float) value, target.address(), 0, 0);
    } else {
      HostTransfer.fill(target, value);
    }
  }

  @Override
  public void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    checks.gemm(op, a, b, c);
    products.run(op, alpha, a, b, beta, c, 0);
  }

  @Override
  public void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    rowChecks.batchedGemm(op, a, b, c);
    if (beta == 0 && jobs.thin.run(op, alpha, a, b, c)) {
      return;
    }
    for (int i = 0; i < a.shape().dim(0); i++) {
      products.run(op, alpha, a, b, beta, c, i);
    }
  }

  @Override
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    rowChecks.copyColumns(source, from, target, to, width);
    HostTransfer.columns(source, from, target, to, width);
  }

  @Override
  public void axpy(double alpha, Tensor x, Tensor y) {
    checks.axpy(x, y);
    jobs.elements.run(ElementJob.Op.AXPY, x.size(), (float) alpha, x.address(), y.address(), 0);
  }

  @Override
  public void scale(double alpha, Tensor x) {
    checks.scale(x);
    jobs.elements.run(ElementJob.Op.SCALE, x.size(), (float) alpha, x.address(), 0, 0);
  }

  @Override
  public void multiply(Tensor x, Tensor y, Tensor z) {
    checks.multiply(x, y, z);
    jobs.elements.run(ElementJob.Op.MULTIPLY, x.size(), 0, x.address(), y.address(), z.address());
  }

  @Override
  public void affine(Tensor x, Tensor w, Tensor b, Tensor y) {
    checks.gemm(GemmOp.NT, x, w, y);
    if (!products.affineIsOurs(x, w)) {
      super.affine(x, w, b, y);
      return;
    }
    rowChecks.addBias(b, y);
    products.affine(x, w, b, y);
  }

  @Override
  public void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db) {
    checks.gemm(GemmOp.TN, dy, x, dw);
    if (!products.affineGradientsAreOurs(x, dw)) {
      super.affineGradients(x, dy, dw, db);
      return;
    }
    rowChecks.biasGradient(dy, db);
    products.affineGradients(x, dy, dw, db);
  }

  @Override
  public void activate(Activation f, Tensor x, Tensor y) {
    checks.activate(x, y);
    jobs.elements.run(ElementJob.Op.of(f), x.size(), 0, x.address(), y.address(), 0);
  }

  @Override
  public void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    checks.activateBackward(y, dy, dx);
    ElementJob.Op op = ElementJob.Op.backwardOf(f);
    jobs.elements.run(op, y.size(), 0, y.address(), dy.address(), dx.address());
  }

  @Override
  public void sum(Tensor x, Tensor out) {
    checks.sum(x, out);
    out.set(0, jobs.reduction.run(false, x.size(), x.address()));
  }

  @Override
  public void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {
    checks.dropout(x, y, p, site);
    jobs.dropout.run(x.size(), x.shape().dim(-1), x.address(), y.address(), p, key, site);
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
    if (!products.scores(x, w)) {
      super.affineCrossEntropy(x, w, b, targets, ignore, logits, loss);
      return;
    }
    rowChecks.affineLossTypes(x, w, b, targets, ignore, loss);
    products.affineCrossEntropy(x, w, b, targets, ignore, loss);
  }

  @Override
  public boolean supports(RnnSpec spec) {
    return RnnStep.supports(spec.cell());
  }

  @Override
  protected long fastTapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    return TapeBytes.of(spec, steps, batch, training, team, jobs);
  }

  @Override
  protected RnnTape fastTape(RnnSpec spec, int steps, int batch, boolean training) {
    return new CpuRnnTape(spec, steps, batch, training, team, jobs);
  }

  @Override
  protected void fastForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    checks.rnnForward(tape, weights, inOut, key, site);
    CpuRnnTape.own("rnnForward", tape, jobs).rnn.forward(weights, inOut, key, site);
  }

  @Override
  protected void fastBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    CpuRnnTape own = CpuRnnTape.own("rnnBackward", tape, jobs);
    checks.rnnBackward(tape, weights, gradients, own.lookup);
    own.rnn.backward(weights, gradients);
  }

  @Override
  protected IncrementalDecoder fastReader(TokenModel model) {
    checks.tokenReader(model);
    return decoder(engine.all(), SqueezedPanels.of(jobs.numbers), model);
  }

  @Override
  protected BatchDecoder fastBatchReader(TokenModel model, int rows) {
    checks.tokenReader(model);
    return new CpuBatchDecoder(team, RowPanels.of(jobs.numbers), model, rows);
  }

  /** Creates a batch decoder that multiplies in other numbers. */
  BatchDecoder batchDecoder(RowPanels numbers, TokenModel model, int rows) {
    return new CpuBatchDecoder(team, numbers, model, rows);
  }

  /** Creates a decoder that this backend's threads share. */
  IncrementalDecoder decoder(@Nullable Cblas blas, RowPanels numbers, TokenModel model) {
    return new CpuDecoder(team, blas, numbers, model);
  }

  @Override
  public void clamp(Tensor g, double limit) {
    checks.clamp(g, limit);
    jobs.elements.run(ElementJob.Op.CLAMP, g.size(), (float) limit, g.address(), 0, 0);
  }

  @Override
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    checks.gradientNorm(g, maxNorm, out);
    double norm = Math.sqrt(jobs.reduction.run(true, g.size(), g.address()));
    out.set(0, norm);
    out.set(1, Math.min(1, maxNorm / (norm + 1e-6)));
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
    float scale = gradientScale == null ? 1 : (float) gradientScale.get(1);
    long first = moments.isEmpty() ? 0 : moments.get(0).address();
    long second = moments.size() < 2 ? 0 : moments.get(1).address();
    jobs.update
        .by(rule, scale, learningRate, step)
        .run(w.size(), w.address(), g.address(), first, second);
  }
}
