package org.lm4j.backend.cpu.job;

import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Activation;

/** Elementwise operations, shared among the team. */
public final class ElementJob extends SlicedJob {
  /** The operation, in the letters of {@link ElementKernels}. */
  public enum Op {
    /** {@code y += alpha · x}. */
    AXPY,

    /** {@code x = alpha · x}. */
    SCALE,

    /** {@code z = x ⊙ y}. */
    MULTIPLY,

    /** {@code y = σ(x)}. */
    SIGMOID,

    /** {@code y = tanh(x)}. */
    TANH,

    /** {@code y = max(0, x)}. */
    RELU,

    /** The gradient of {@link #SIGMOID}, from its result. */
    SIGMOID_BACKWARD,

    /** The gradient of {@link #TANH}, from its result. */
    TANH_BACKWARD,

    /** The gradient of {@link #RELU}, from its result. */
    RELU_BACKWARD,

    /** Limits the magnitude of each element to {@code alpha}. */
    CLAMP,

    /** {@code x = alpha}. */
    FILL,

    /** {@code y = x}. */
    COPY;

    /** Returns the operation that applies an activation function. */
    public static Op of(Activation f) {
      return switch (f) {
        case SIGMOID -> SIGMOID;
        case TANH -> TANH;
        case RELU -> RELU;
      };
    }

    /** Returns the operation that computes its gradient. */
    public static Op backwardOf(Activation f) {
      return switch (f) {
        case SIGMOID -> SIGMOID_BACKWARD;
        case TANH -> TANH_BACKWARD;
        case RELU -> RELU_BACKWARD;
      };
    }
  }

  private static final int LINE = 16; // floats of a cache line
  private static final int COSTLY = 8; // a transcendental function against a copy

  private Op op = Op.FILL;
  private float alpha;
  private long x;
  private long y;
  private long z;

  ElementJob(WorkerTeam team) {
    super(team);
  }

  /** Runs over {@code n} floats; addresses not used by {@code what} may be 0. */
  public void run(Op what, long n, float factor, long ax, long ay, long az) {
    op = what;
    alpha = factor;
    x = ax;
    y = ay;
    z = az;
    boolean costly = what == Op.SIGMOID || what == Op.TANH;
    start(n, LINE, costly ? n * COSTLY : n);
  }

  @Override
  protected void slice(long from, long to) {
    long n = to - from;
    long at = from * Float.BYTES;
    ElementKernels k = Kernels.ELEMENTS;
    switch (op) {
      case AXPY -> k.axpy(n, alpha, x + at, y + at);
      case SCALE -> k.scale(n, alpha, x + at);
      case MULTIPLY -> k.multiply(n, x + at, y + at, z + at);
      case SIGMOID -> k.sigmoid(n, x + at, y + at);
      case TANH -> k.tanh(n, x + at, y + at);
      case RELU -> k.relu(n, x + at, y + at);
      case SIGMOID_BACKWARD -> k.sigmoidBackward(n, x + at, y + at, z + at);
      case TANH_BACKWARD -> k.tanhBackward(n, x + at, y + at, z + at);
      case RELU_BACKWARD -> k.reluBackward(n, x + at, y + at, z + at);
      case CLAMP -> k.clamp(n, alpha, x + at);
      case FILL -> k.fill(n, alpha, x + at);
      case COPY -> MemorySegment.copy(ALL, x + at, ALL, y + at, n * Float.BYTES);
    }
  }
}
