package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnTape;
import org.lm4j.tensor.Tensor;

/**
 * One layer in one or two directions over batches of one shape. Each direction has its own time, in
 * which every sequence begins at step 0: the input of the reversed one (direction 1) is reversed
 * within each length, and so is its output. So the final state of either direction is its output at
 * step {@code length - 1} in its own time.
 */
final class SequenceLevel implements AutoCloseable {
  private final Backend backend;
  private final List<Recurrent> directions;
  private final SequenceScratch scratch;
  private final List<RnnTape> tapes = new ArrayList<>();
  private final List<Tensor> outputs = new ArrayList<>(); // (T, B, H), in the direction's own time
  private final @Nullable Tensor reversed; // (T, B, D): the input in reversed time
  private final Tensor out; // (T, B, W): in the input's time, 0 beyond each end

  SequenceLevel(
      Backend backend, List<Recurrent> directions, SequenceScratch scratch, boolean training) {
    this.backend = backend;
    this.directions = directions;
    this.scratch = scratch;
    int steps = scratch.steps();
    int batch = scratch.batch();
    int hidden = directions.getFirst().spec().hiddenSize();
    for (Recurrent direction : directions) {
      tapes.add(direction.tape(steps, batch, training));
      outputs.add(scratch.own(steps, batch, hidden));
    }
    this.reversed = both() ? scratch.own(steps, batch, inputSize()) : null;
    this.out = scratch.own(steps, batch, directions.size() * hidden);
  }

  private boolean both() {
    return directions.size() == 2;
  }

  private int inputSize() {
    return directions.getFirst().spec().inputSize();
  }

  /** Returns the output of all directions, {@code (T, B, W)}. */
  Tensor out() {
    return out;
  }

  /** Computes {@link #out} from {@code x (T, B, D)}. */
  void forward(Tensor x, Tensor lengths, @Nullable RandomKey key) {
    for (int i = 0; i < directions.size(); i++) {
      Tensor input = x;
      if (i == 1 && reversed != null) {
        backend.copySequences(x, lengths, true, reversed);
        input = reversed;
      }
      Tensor output = outputs.get(i);
      RnnInOut inOut = new RnnInOut(input, scratch.initial, output, scratch.after);
      directions.get(i).forward(tapes.get(i), inOut, key);
      backend.copySequences(output, lengths, i == 1, both() ? scratch.output : out);
      if (both()) {
        join(scratch.output, i, out);
      }
    }
  }

  /** Computes {@code last (B, W)}: the final states of all directions. */
  void last(Tensor lengths, Tensor last) {
    for (int i = 0; i < directions.size(); i++) {
      backend.copySequences(outputs.get(i), lengths, true, scratch.last);
      join(scratch.last, i, last);
    }
  }

  /** Copies {@code half (·, ·, H)} to its position next to that of the other direction. */
  private void join(Tensor half, int direction, Tensor whole) {
    Tensor rows = rows(half);
    int hidden = rows.shape().dim(1);
    backend.copyColumns(rows, 0, rows(whole), direction * hidden, hidden);
  }

  /** Copies one direction's part of a joined tensor. */
  private void split(Tensor whole, int direction, Tensor half) {
    Tensor rows = rows(half);
    int hidden = rows.shape().dim(1);
    backend.copyColumns(rows(whole), direction * hidden, rows, 0, hidden);
  }

  private static Tensor rows(Tensor x) {
    return x.shape().rank() == 2 ? x : TemporalAffine.rows(x);
  }

  /**
   * Computes the gradients of the last forward pass.
   *
   * @param lengths those of the forward pass
   * @param dOut gradient of {@link #out}, or null for zero
   * @param dLast gradient of the final states, {@code (B, W)}, or null for zero
   * @param dx gradient of the input, {@code (T, B, D)}, or null if not needed; overwritten
   */
  void backward(
      Tensor lengths, @Nullable Tensor dOut, @Nullable Tensor dLast, @Nullable Tensor dx) {
    for (int i = directions.size() - 1; i >= 0; i--) {
      outputGradient(i, lengths, dOut, dLast);
      Tensor dInput = dx == null || !both() ? dx : scratch.dInput(inputSize());
      Recurrent direction = directions.get(i);
      direction.backward(tapes.get(i), direction.gradients(scratch.dOutput(), dInput));
      if (dx == null || dInput == null || !both()) {
        continue;
      }
      if (i == 1) {
        backend.copySequences(dInput, lengths, true, dx);
      } else {
        backend.axpy(1, dInput, dx);
      }
    }
  }

  /** Computes the scratch's {@code dOutput} of one direction. */
  private void outputGradient(
      int direction, Tensor lengths, @Nullable Tensor dOut, @Nullable Tensor dLast) {
    Tensor target = scratch.dOutput();
    if (dOut == null) {
      backend.fill(target, 0);
    } else {
      if (both()) {
        split(dOut, direction, scratch.output);
      }
      Tensor given = both() ? scratch.output : dOut;
      backend.copySequences(given, lengths, direction == 1, target);
    }
    if (dLast != null) {
      split(dLast, direction, scratch.last);
      backend.copySequences(scratch.last, lengths, true, scratch.output);
      backend.axpy(1, scratch.output, target);
    }
  }

  @Override
  public void close() {
    tapes.forEach(RnnTape::close);
  }
}
