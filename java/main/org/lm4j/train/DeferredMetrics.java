package org.lm4j.train;

import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Losses and gradient norms of the last steps, kept on the device until they are needed, so that
 * the host does not wait for the device at each step.
 */
final class DeferredMetrics implements AutoCloseable {
  private static final int VALUES = 3; // of a step: sum of losses, norm, clipping factor

  private final Backend backend;
  private final int capacity;
  private final Tensor device; // (capacity, 3)
  private final Tensor[] losses; // of each step, (1) of its row
  private final Tensor[] norms; // (2) of its row
  private final HostStorage storage;
  private final Tensor host; // F64 (capacity, 3)
  private final double[] rates;
  private final int[] scored;
  private final int[] passed;
  private int count;

  /** Allocates room for as many steps as {@code backend} prefers to read back together. */
  DeferredMetrics(Backend backend) {
    this.backend = backend;
    this.capacity = backend.stepsPerReading();
    this.device = backend.allocate(capacity, VALUES);
    this.losses = new Tensor[capacity];
    this.norms = new Tensor[capacity];
    for (int i = 0; i < capacity; i++) {
      losses[i] = device.view((long) i * VALUES, 1);
      norms[i] = device.view((long) i * VALUES + 1, 2);
    }
    this.storage = new HostStorage((long) capacity * VALUES * DType.F64.bytes());
    this.host = new Tensor(storage, 0, Shape.of(capacity, VALUES), DType.F64);
    this.rates = new double[capacity];
    this.scored = new int[capacity];
    this.passed = new int[capacity];
  }

  /**
   * Keeps the results of a step.
   *
   * @param lossSum {@code (1)}: sum of its losses
   * @param norm {@code (2)}: norm of its gradients, factor applied
   * @param rate its learning rate
   * @param targets number of its targets
   * @param units how many of what is counted it went through
   */
  void add(Tensor lossSum, Tensor norm, double rate, int targets, int units) {
    backend.copy(lossSum, losses[count]);
    backend.copy(norm, norms[count]);
    rates[count] = rate;
    scored[count] = targets;
    passed[count] = units;
    count++;
  }

  /** Returns whether they must be read before another step. */
  boolean isFull() {
    return count == capacity;
  }

  /** Waits for the steps kept and reads their results; {@link #clear} makes room again. */
  int read() {
    if (count > 0) {
      backend.download(device, host);
    }
    return count;
  }

  /** Returns the sum of the losses of step {@code i} of those read, from 0. */
  double lossSum(int i) {
    return host.get((long) i * VALUES);
  }

  /** Returns the norm of the gradients of step {@code i} before clipping. */
  double norm(int i) {
    return host.get((long) i * VALUES + 1);
  }

  /** Returns the learning rate of a step. */
  double rate(int i) {
    return rates[i];
  }

  /** Returns the number of targets of a step. */
  int scored(int i) {
    return scored[i];
  }

  /** Returns the number of units that a step processed. */
  int passed(int i) {
    return passed[i];
  }

  /** Discards the steps kept. */
  void clear() {
    count = 0;
  }

  @Override
  public void close() {
    device.storage().close();
    storage.close();
  }
}
