package org.lm4j.backend.cuda.rnn;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;

/**
 * cuDNN's description of some neighbouring layers of a stack. One with the persistent algorithm
 * turns into one with the standard algorithm, under the same handle, where cuDNN refuses it.
 */
public final class RnnDescriptor implements AutoCloseable {
  private static final int NONE = -1;
  private static final System.Logger LOG = System.getLogger(RnnDescriptor.class.getName());

  private final CudaDevice device;
  private final RnnSpec spec;
  private final int first;
  private final int layers;
  private final int dataType;
  private final CudnnRnn rnn;
  private final long handle;
  private int math; // CUDNN_…_MATH
  private boolean persistent;
  private @Nullable RnnDescriptor companion; // that must not be persistent alone

  /**
   * Describes layers {@code first} to {@code first + layers - 1}, with the standard algorithm.
   *
   * @param dataType {@code CUDNN_DATA_…} of weights and activations
   */
  RnnDescriptor(CudaDevice device, RnnSpec spec, int first, int layers, int dataType) {
    this.device = device;
    this.spec = spec;
    this.first = first;
    this.layers = layers;
    this.dataType = dataType;
    this.rnn = device.cudnn().rnn();
    this.math = math(device.precision());
    this.handle = rnn.create();
    try {
      turnStandard();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void set(int algorithm) {
    int cell = mode(spec.cell());
    if (cell == NONE) {
      throw new IllegalArgumentException("cuDNN has no cell " + spec.cell().label());
    }
    rnn.set(
        handle,
        algorithm,
        cell,
        dataType,
        math,
        spec.inputSize(first),
        spec.hiddenSize(),
        layers,
        device.noDropout());
  }

  /**
   * Describes the same with the algorithm that suits these passes. The memory that calls need is
   * that of any algorithm they may be run by.
   *
   * @param x descriptor of the input
   * @param mode {@code CUDNN_FWD_MODE_…}
   */
  Spaces choose(RnnAlgorithms algorithms, RnnAlgorithms.Passes passes, int mode, long x) {
    Spaces standard = standardSpaces(mode, x);
    int algorithm = algorithms.of(passes);
    if (algorithm == CudnnRnn.CUDNN_RNN_ALGO_STANDARD) {
      return standard;
    }
    Runnable back =
        () -> {
          algorithms.refuse(passes);
          turnStandard();
        };
    try {
      set(algorithm);
      Spaces wanted = spaces(mode, x);
      device.alternatives().put(handle, back);
      persistent = true;
      return standard.or(wanted);
    } catch (CudaException e) {
      if (!e.refusedByCudnn()) {
        throw e;
      }
      back.run();
      return standard;
    }
  }

  private void turnStandard() {
    set(CudnnRnn.CUDNN_RNN_ALGO_STANDARD);
    persistent = false;
    device.alternatives().remove(handle);
    if (math == CudnnRnn.CUDNN_TENSOR_OP_MATH) {
      device.alternatives().put(handle, this::turnDefault);
    }
    if (companion != null && companion.persistent) {
      companion.turnStandard();
    }
  }

  /** Leaves the choice of tensor cores to cuDNN, where it does not take a demand for them. */
  private void turnDefault() {
    math = CudnnRnn.CUDNN_DEFAULT_MATH;
    LOG.log(System.Logger.Level.DEBUG, "cuDNN refuses to use tensor cores for {0}", spec);
    set(CudnnRnn.CUDNN_RNN_ALGO_STANDARD);
  }

  /**
   * Has another descriptor change to the standard algorithm whenever this one does: a persistent
   * backward pass is only known to read what a persistent forward pass has left.
   */
  void takesAlong(RnnDescriptor other) {
    companion = other;
  }

  boolean isPersistent() {
    return persistent;
  }

  /**
   * Returns the memory that calls need by the standard algorithm, as which this is described, with
   * or without a demand for tensor cores.
   */
  Spaces standardSpaces(int mode, long x) {
    if (math != CudnnRnn.CUDNN_TENSOR_OP_MATH) {
      return spaces(mode, x);
    }
    math = CudnnRnn.CUDNN_DEFAULT_MATH;
    set(CudnnRnn.CUDNN_RNN_ALGO_STANDARD);
    Spaces without = spaces(mode, x);
    try {
      math = CudnnRnn.CUDNN_TENSOR_OP_MATH;
      set(CudnnRnn.CUDNN_RNN_ALGO_STANDARD);
      return without.or(spaces(mode, x));
    } catch (CudaException e) {
      if (!e.refusedByCudnn()) {
        throw e;
      }
      device.alternatives().remove(handle);
      turnDefault();
      return without;
    }
  }

  private Spaces spaces(int mode, long x) {
    rnn.askTemporary(device.cudnnHandle(), handle, mode, x);
    return new Spaces(rnn.workBytes(), rnn.reserveBytes());
  }

  /** Bytes of memory that calls need. */
  record Spaces(long work, long reserve) {
    /** Returns what suffices for both. */
    Spaces or(Spaces other) {
      return new Spaces(Math.max(work, other.work), Math.max(reserve, other.reserve));
    }
  }

  /** Returns whether cuDNN has {@code cell}. */
  public static boolean supports(Cell cell) {
    return mode(cell) != NONE;
  }

  private static int mode(Cell cell) {
    return switch (cell) {
      case RNN_TANH -> CudnnRnn.CUDNN_RNN_TANH;
      case RNN_RELU -> CudnnRnn.CUDNN_RNN_RELU;
      case LSTM -> CudnnRnn.CUDNN_LSTM;
      case GRU -> CudnnRnn.CUDNN_GRU;
      default -> NONE;
    };
  }

  /**
   * Returns the math type: by default cuDNN uses tf32 where available, and may leave tensor cores
   * unused for factors of 16 bits.
   */
  private static int math(Precision precision) {
    return switch (precision) {
      case FP32 -> CudnnRnn.CUDNN_FMA_MATH;
      case TF32 -> CudnnRnn.CUDNN_DEFAULT_MATH;
      case BF16 -> CudnnRnn.CUDNN_TENSOR_OP_MATH;
      case INT8 -> throw new IllegalArgumentException("int8 is for a CPU");
    };
  }

  long handle() {
    return handle;
  }

  @Override
  public void close() {
    device.alternatives().remove(handle);
    rnn.destroy(handle);
  }
}
