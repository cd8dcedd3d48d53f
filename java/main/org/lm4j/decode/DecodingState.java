package org.lm4j.decode;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import org.lm4j.compute.Backend;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.HostCopies;
import org.lm4j.nn.attention.DecoderStep;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * The decoding state of an {@link org.lm4j.nn.attention.AttentionDecoder}, which generates token by
 * token. Owns its step.
 */
public final class DecodingState implements NextTokenLogits, AutoCloseable {
  private final SoleUse use = new SoleUse("the decoder");
  private final Backend backend;
  private final DecoderStep step;
  private final int vocabulary;
  private final HostStorage storage;
  private final Tensor logitsOnHost; // F64 (R, V)

  /** Creates a decoding state over a step whose state and memory the owner fills. */
  public DecodingState(Backend backend, DecoderStep step) {
    this.backend = backend;
    this.step = step;
    Shape shape = step.scores().shape();
    this.vocabulary = shape.dim(1);
    this.storage = new HostStorage(shape.size() * DType.F64.bytes());
    this.logitsOnHost = new Tensor(storage, 0, shape, DType.F64);
  }

  /** Returns the step, whose state and memory must be filled before the first token is read. */
  public DecoderStep step() {
    return step;
  }

  @Override
  public int rows() {
    return step.rows();
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public void read(int[] tokens, double[] logits) {
    try (SoleUse.Use _ = use.resume()) {
      step.read(tokens);
      backend.download(step.scores(), logitsOnHost);
      int count = Math.multiplyExact(rows(), vocabulary);
      MemorySegment.copy(logitsOnHost.segment(), JAVA_DOUBLE, 0, logits, 0, count);
    }
  }

  @Override
  public void select(int[] from) {
    try (SoleUse.Use _ = use.resume()) {
      step.select(from);
    }
  }

  /**
   * Returns the attention weights of the last token read.
   *
   * @return {@code R} rows of {@code G} weights
   * @throws IllegalStateException if it has no attention
   */
  public double[][] weights() {
    try (SoleUse.Use _ = use.resume()) {
      Tensor weights = step.weights();
      int cells = weights.shape().dim(1);
      double[][] rows = new double[rows()][cells];
      try (HostCopies copies = new HostCopies(backend)) {
        Tensor host = copies.of(weights);
        for (int i = 0; i < host.size(); i++) {
          rows[i / cells][i % cells] = host.get(i);
        }
      }
      return rows;
    }
  }

  /** Returns the guard against use by two threads at once, which users of the step enter. */
  public SoleUse use() {
    return use;
  }

  @Override
  public void close() {
    if (use.end()) {
      free();
    }
  }

  /** Frees the memory once the owner has finished. */
  public void free() {
    step.close();
    storage.close();
  }
}
