package org.lm4j.compute.composed;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.TokenModel;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * A backend that counts memory instead of allocating it, to find out in advance how much a model, a
 * window or a batch takes on another backend. Operations do nothing. Host memory that is allocated
 * without a backend is not counted.
 */
public final class CountingBackend implements Backend {
  private final Backend real;
  private long bytes;

  /** Creates a backend that takes the place of {@code real}. */
  public CountingBackend(Backend real) {
    this.real = real;
  }

  /** Returns the bytes allocated so far; closed tensors still count. */
  public long bytes() {
    return bytes;
  }

  private void count(long more) {
    long sum = bytes + more;
    bytes = sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Memory that is only counted. */
  private record Unit(long byteSize) implements Storage {
    @Override
    public long address() {
      throw new IllegalStateException("memory that is only counted has no address");
    }

    @Override
    public boolean isHost() {
      return false;
    }

    @Override
    public void close() {
      // nothing was taken
    }
  }

  private record CountedTape(RnnSpec spec, int steps, int batch, boolean training)
      implements RnnTape {
    @Override
    public void close() {
      // nothing was taken
    }
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public DType dtype() {
    return real.dtype();
  }

  @Override
  public String description() {
    return real.description();
  }

  @Override
  public void close() {
    // the caller still owns the other backend
  }

  @Override
  public boolean supports(RnnSpec spec) {
    return real.supports(spec);
  }

  @Override
  public IncrementalDecoder tokenReader(TokenModel model) {
    return new ComposedDecoder(this, model);
  }

  @Override
  public RnnLayout layout(RnnSpec spec) {
    return real.layout(spec);
  }

  @Override
  public long outputBlockBytes() {
    return real.outputBlockBytes();
  }

  @Override
  public long availableBytes() {
    return real.availableBytes();
  }

  @Override
  public long tapeBytes(RnnSpec spec, int steps, int batch, boolean training) {
    return real.tapeBytes(spec, steps, batch, training);
  }

  @Override
  public Storage allocateStorage(long byteSize) {
    count(byteSize);
    return new Unit(byteSize);
  }

  @Override
  public RnnTape tape(RnnSpec spec, int steps, int batch, boolean training) {
    count(real.tapeBytes(spec, steps, batch, training));
    return new CountedTape(spec, steps, batch, training);
  }

  @Override
  public void upload(Tensor host, Tensor target) {}

  @Override
  public void upload(int[] ids, int from, int count, Tensor target) {}

  @Override
  public void download(Tensor source, Tensor host) {}

  @Override
  public void copy(Tensor source, Tensor target) {}

  @Override
  public void fill(Tensor target, double value) {}

  @Override
  public void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {}

  @Override
  public void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {}

  @Override
  public void copyColumns(Tensor source, int from, Tensor target, int to, int width) {}

  @Override
  public void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {}

  @Override
  public void axpy(double alpha, Tensor x, Tensor y) {}

  @Override
  public void scale(double alpha, Tensor x) {}

  @Override
  public void multiply(Tensor x, Tensor y, Tensor z) {}

  @Override
  public void addBias(Tensor bias, Tensor y) {}

  @Override
  public void biasGradient(Tensor dy, Tensor db) {}

  @Override
  public void affine(Tensor x, Tensor w, Tensor b, Tensor y) {}

  @Override
  public void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db) {}

  @Override
  public void activate(Activation f, Tensor x, Tensor y) {}

  @Override
  public void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx) {}

  @Override
  public void sum(Tensor x, Tensor out) {}

  @Override
  public void embed(Tensor table, Tensor ids, Tensor out) {}

  @Override
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {}

  @Override
  public void dropout(Tensor x, Tensor y, double p, RandomKey key, int site) {}

  @Override
  public void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {}

  @Override
  public void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {}

  @Override
  public void affineCrossEntropy(
      Tensor x,
      Tensor w,
      @Nullable Tensor b,
      Tensor targets,
      int ignore,
      Tensor logits,
      Tensor loss) {}

  @Override
  public void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {}

  @Override
  public void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {}

  @Override
  public void negativeSamplingUpdate(NegativeSamples samples, double alpha, Tensor table) {}

  @Override
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {}

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {}

  @Override
  public void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {}

  @Override
  public void rnnBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients) {}

  @Override
  public void clamp(Tensor g, double limit) {}

  @Override
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {}

  @Override
  public void update(
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {}
}
