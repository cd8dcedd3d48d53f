package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.tensor.Tensor;

/** Memory that the levels of a {@link SequenceEncoder} use one after the other. */
final class SequenceScratch implements AutoCloseable {
  private final Backend backend;
  private final int steps;
  private final int batch;
  private final List<Tensor> owned = new ArrayList<>();

  /** The state before every sequence: zero, and read only. */
  final RnnState initial;

  /** The state after the padding, which is ignored. */
  final RnnState after;

  /** The output of one direction or its gradient, in the input's time, {@code (T, B, H)}. */
  final Tensor output;

  /** The final states of one direction or their gradient, {@code (1, B, H)}. */
  final Tensor last;

  private final @Nullable Tensor dOutput; // (T, B, H): in the direction's own time
  private final @Nullable Tensor dInput; // (T·B·widest)

  SequenceScratch(
      Backend backend, SequenceEncoder.Spec spec, int steps, int batch, boolean training) {
    this.backend = backend;
    this.steps = steps;
    this.batch = batch;
    RnnSpec stack = spec.stack();
    int hidden = stack.hiddenSize();
    this.initial = state(spec.level(0));
    this.after = state(spec.level(0));
    this.output = own(steps, batch, hidden);
    this.last = own(1, batch, hidden);
    this.dOutput = training ? own(steps, batch, hidden) : null;
    int widest = Math.max(stack.inputSize(), spec.outputSize());
    int inputs = Math.multiplyExact(Math.multiplyExact(steps, batch), widest);
    this.dInput = training && spec.bidirectional() ? own(inputs) : null;
  }

  private RnnState state(RnnSpec stack) {
    int[] dims = {stack.layers(), batch, stack.hiddenSize()};
    return new RnnState(own(dims), stack.cell().hasCellState() ? own(dims) : null);
  }

  /** Allocates a tensor that is freed with this object. */
  Tensor own(int... dims) {
    Tensor tensor = backend.allocate(dims);
    owned.add(tensor);
    return tensor;
  }

  int steps() {
    return steps;
  }

  int batch() {
    return batch;
  }

  /** Returns the gradient of the output of one direction, in its own time, {@code (T, B, H)}. */
  Tensor dOutput() {
    return forTraining(dOutput);
  }

  /**
   * Returns the gradient of the input of one of two directions, in its own time, {@code (T, B,
   * width)}.
   */
  Tensor dInput(int width) {
    return forTraining(dInput).view(0, steps, batch, width);
  }

  private static Tensor forTraining(@Nullable Tensor tensor) {
    if (tensor == null) {
      throw new IllegalStateException("no memory was taken for gradients");
    }
    return tensor;
  }

  @Override
  public void close() {
    owned.forEach(tensor -> tensor.storage().close());
  }
}
