package org.lm4j.backend.cuda;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.CudaStorage;
import org.lm4j.backend.cuda.device.DeviceLock;
import org.lm4j.backend.cuda.device.HostIds;
import org.lm4j.backend.cuda.device.Launches;
import org.lm4j.backend.cuda.device.ParameterRing;
import org.lm4j.backend.cuda.device.Products;
import org.lm4j.backend.cuda.device.Transfers;
import org.lm4j.backend.cuda.device.UpdateLaunches;
import org.lm4j.backend.cuda.rnn.CudaRnnTape;
import org.lm4j.backend.cuda.rnn.RnnDescriptor;
import org.lm4j.backend.cuda.rnn.WeightSpaces;
import org.lm4j.compute.Activation;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.RowChecks;
import org.lm4j.compute.composed.ComposedBackend;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * The operations of {@link CudaBackend}: checks the arguments of each and records its commands;
 * they are issued when a result is downloaded, when a step ends, or when there is no more room.
 */
final class CudaOperations extends ComposedBackend {
  private static final int STEPS_PER_READING = 32;

  private final DeviceLock lock;
  private final CudaDevice device;
  private final HostIds hostIds;
  private final Launches launches;
  private final UpdateLaunches updates;
  private final Products products;
  private final Transfers transfers;
  private final WeightSpaces spaces;

  /** Creates the operations of an open device, which {@link #close} closes. */
  CudaOperations(CudaDevice device, boolean persistent) {
    super(DType.F32, false);
    this.device = device;
    this.spaces = new WeightSpaces(device, persistent);
    this.lock = new DeviceLock(device);
    this.hostIds = new HostIds(device);
    this.launches = new Launches(device);
    this.updates = new UpdateLaunches(launches);
    this.products = new Products(device, launches);
    this.transfers = new Transfers(device);
  }

  /**
   * Returns the lock that a thread holds during its turn, and while it frees memory that operations
   * may be using.
   */
  DeviceLock lock() {
    return lock;
  }

  /** Returns how many kinds of passes cuDNN refused to run by persistent kernels. */
  int refusals() {
    return spaces.refusals();
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public double productEpsilon() {
    return device.precision().epsilon();
  }

  @Override
  public String description() {
    return "cuda: " + device.description();
  }

  @Override
  public void close() {
    if (!device.isOpen()) {
      return;
    }
    products.close();
    launches.close();
    transfers.close();
    device.close();
  }

  /** Issues what was recorded before, so that a step's commands form a separate list. */
  @Override
  public void step(Runnable work) {
    device.queue().flush();
    work.run();
    device.queue().flush();
  }

  @Override
  public int stepsPerReading() {
    return STEPS_PER_READING;
  }

  @Override
  public long outputBlockBytes() {
    return device.blockBytes();
  }

  // --- Memory -----------------------------------------------------------------------------------

  @Override
  public Storage allocateStorage(long byteSize) {
    return new CudaStorage(device, byteSize, lock);
  }

  @Override
  public RnnLayout layout(RnnSpec spec) {
    return supports(spec) ? spaces.layout(spec) : super.layout(spec);
  }

  @Override
  public void upload(Tensor host, Tensor target) {
    checks.upload(host, target);
    device.own("upload", target);
    transfers.upload(host, target);
  }

  @Override
  public void upload(int[] ids, int from, int count, Tensor target) {
    checks.upload(ids, from, count, target);
    hostIds.write(target, ids, from, count);
    if ((long) count * Integer.BYTES <= ParameterRing.SLOT_BYTES) {
      launches.ids(ids, from, count, target.address());
    } else {
      transfers.uploadInts(ids, from, count, target.address());
    }
  }

  @Override
  protected int[] downloadIds(Tensor ids) {
    return hostIds.read(ids);
  }

  @Override
  public void download(Tensor source, Tensor host) {
    checks.download(source, host);
    device.own("download", source);
    transfers.download(source, host);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    checks.copy(source, target);
    if (source.dtype() == DType.I32) {
      hostIds.copy(source, target);
    }
    long bytes = source.size() * source.dtype().bytes();
    launches.copy(source.address(), target.address(), bytes);
  }

  @Override
  public void fill(Tensor target, double value) {
    checks.fill(target);
    device.own("fill", target);
    switch (target.dtype()) {
      case F32 ->
          launches.fill(target.address(), Float.floatToRawIntBits((float) value), target.size());
      case I32 -> {
        hostIds.fill(target, (int) value);
        launches.fill(target.address(), (int) value, target.size());
      }
      case F64 -> throw new IllegalArgumentException("fill: the device has no F64 tensors");
    }
  }

  // --- Arithmetic -------------------------------------------------------------------------------

  @Override
  public void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    checks.gemm(op, a, b, c);
    products.record(op, (float) alpha, a, b, (float) beta, c);
  }

  @Override
  public void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    rowChecks.batchedGemm(op, a, b, c);
    products.record(op, (float) alpha, a, b, (float) beta, c);
  }

  @Override
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {
    rowChecks.copyColumns(source, from, target, to, width);
    launches.copies().columns(source, from, target, to, width);
  }

  @Override
  public void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    rowChecks.copySequences(source, lengths, target);
    hostIds.check("copySequences", lengths, RowChecks.lengthLimit(source, target));
    launches.copies().sequences(source, lengths.address(), reversed, target);
  }

  @Override
  public void axpy(double alpha, Tensor x, Tensor y) {
    checks.axpy(x, y);
    launches.axpy(alpha, x.address(), y.address(), x.size());
  }

  @Override
  public void scale(double alpha, Tensor x) {
    checks.scale(x);
    launches.scale(alpha, x.address(), x.size());
  }

  @Override
  public void multiply(Tensor x, Tensor y, Tensor z) {
    checks.multiply(x, y, z);
    launches.multiply(x.address(), y.address(), z.address(), x.size());
  }

  @Override
  public void addBias(Tensor bias, Tensor y) {
    rowChecks.addBias(bias, y);
    launches.addBias(bias.address(), y.address(), y.shape().dim(0), y.shape().dim(1));
  }

  @Override
  public void biasGradient(Tensor dy, Tensor db) {
    rowChecks.biasGradient(dy, db);
    launches.biasGradient(dy.address(), db.address(), dy.shape().dim(0), dy.shape().dim(1));
  }

  @Override
  public void activate(Activation f, Tensor x, Tensor y) {
    checks.activate(x, y);
    launches.activate(f, x.address(), y.address(), x.size());
  }

  @Override
  public void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {
    checks.activateBackward(y, dy, dx);
    launches.activateBackward(f, y.address(), dy.address(), dx.address(), y.size());
  }

  @Override
  public void sum(Tensor x, Tensor out) {
    checks.sum(x, out);
    launches.sum(x.address(), out.address(), x.size());
  }

  // --- Embedding, dropout and loss --------------------------------------------------------------

  @Override
  public void embed(Tensor table, Tensor ids, Tensor out) {
    checks.embed(table, ids, out);
    hostIds.check("embed", ids, table.shape().dim(0));
    launches.embed(table, ids, out.address());
  }

  @Override
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    checks.embedBackward(dOut, ids, dTable);
    hostIds.check("embedBackward", ids, dTable.shape().dim(0));
    launches.embedBackward(dOut.address(), ids, dTable);
  }

  @Override
  public void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {
    checks.dropout(x, y, p, site);
    Launches.Drop drop = new Launches.Drop(p, key, site);
    launches.dropout(false, x.address(), y.address(), x.size(), x.shape().dim(-1), drop);
  }

  @Override
  public void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    Launches.Loss of = loss("softmaxCrossEntropy", logits, targets, ignore, loss);
    long bias = launches.takeBias(of);
    long copy = products.copyOf(logits, loss);
    launches.softmaxCrossEntropy(of, bias, copy, products.stride(logits), gradientScale);
    products.keep();
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    Launches.Loss of = loss("crossEntropy", logits, targets, ignore, loss);
    launches.crossEntropy(of, launches.takeBias(of));
  }

  @Override
  public void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    launches.hinge(loss("hinge", scores, targets, ignore, loss), gradientScale);
  }

  private Launches.Loss loss(
      String operation, Tensor logits, Tensor targets, int ignore, Tensor loss) {
    rowChecks.loss(operation, logits, targets, ignore, loss);
    int classes = logits.shape().dim(1);
    hostIds.checkTargets(operation, targets, classes, ignore);
    return new Launches.Loss(
        logits.address(), targets.address(), loss.address(), targets.size(), classes, ignore);
  }

  @Override
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    rowChecks.softmax(x, lengths, y);
    int columns = x.shape().dim(1);
    if (lengths != null) {
      hostIds.check("softmax", lengths, columns + 1);
    }
    long counted = lengths == null ? 0 : lengths.address();
    launches.softmax(x.address(), counted, y.address(), x.shape().dim(0), columns);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    rowChecks.softmaxBackward(y, dy, dx);
    launches.softmaxBackward(
        y.address(), dy.address(), dx.address(), y.shape().dim(0), y.shape().dim(1));
  }

  // --- Recurrent stack --------------------------------------------------------------------------

  @Override
  public long availableBytes() {
    return device.freeBytes();
  }

  @Override
  public boolean supports(RnnSpec spec) {
    return RnnDescriptor.supports(spec.cell());
  }

  @Override
  protected long fastTapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    return CudaRnnTape.leastBytes(spec, steps, batch, training);
  }

  @Override
  protected RnnTape fastTape(RnnSpec spec, int steps, int batch, boolean training) {
    CudaRnnTape.requireSteps(steps);
    return new CudaRnnTape(device, launches, spaces, spec, steps, batch, training);
  }

  @Override
  protected void fastForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    checks.rnnForward(tape, weights, inOut, key, site);
    CudaRnnTape mine = CudaRnnTape.own("rnnForward", tape, device);
    RnnInOut.Lookup lookup = inOut.lookup();
    if (lookup != null) {
      hostIds.check("rnnForward", lookup.ids(), lookup.table().shape().dim(0));
    }
    mine.forward(weights, inOut, key, site);
  }

  @Override
  protected void fastBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {
    CudaRnnTape mine = CudaRnnTape.own("rnnBackward", tape, device);
    checks.rnnBackward(tape, weights, gradients, mine.lookup());
    mine.backward(gradients);
  }

  // --- Optimization -----------------------------------------------------------------------------

  @Override
  public void clamp(Tensor g, double limit) {
    checks.clamp(g, limit);
    launches.clamp(limit, g.address(), g.size());
  }

  @Override
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    checks.gradientNorm(g, maxNorm, out);
    launches.gradientNorm(maxNorm, g.address(), out.address(), g.size());
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
    updates.update(rule, w, g, moments, gradientScale, learningRate, step);
  }
}
