package org.lm4j.backend.cuda.rnn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.DeviceBuffer;
import org.lm4j.backend.cuda.device.Launches;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * A recurrent stack over windows of one shape: its stages, what lies between them, and the order in
 * which they run. A backward pass changes cuDNN's reserve space: it can run once per forward pass.
 */
public final class CudaRnnTape implements RnnTape {
  private static final int STEPS_WORTH_COPIES = 16;
  private static final int MOST_STEPS = 65_535; // that cuDNN describes

  private final CudaDevice device;
  private final Launches launches;
  private final RnnSpec spec;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final boolean drops;
  private final boolean rounds; // to bfloat16
  private final List<RnnStage> stages = new ArrayList<>();
  private final List<RnnOperand> between = new ArrayList<>(); // outputs of all stages but the last
  private final List<RnnOperand> dropped = new ArrayList<>(); // the same after dropout
  private final RnnOperand x;
  private final RnnOperand y;
  private final RnnOperand dx;
  private final RnnOperand dy;
  private final RnnOperand[] dBetween; // of the output below the stage, by turns
  private final DeviceBuffer work;

  // Of the last forward pass.
  private boolean ready;
  private RnnInOut.@Nullable Lookup lookup;
  private @Nullable RandomKey key;
  private int site;

  /** Allocates the memory of windows of {@code steps} by {@code batch}. */
  public CudaRnnTape(
      CudaDevice device,
      Launches launches,
      WeightSpaces spaces,
      RnnSpec spec,
      int steps,
      int batch,
      boolean training) { // one shape, all of it
    this.device = device;
    this.launches = launches;
    this.spec = spec;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    this.drops = training && spec.dropout() > 0;
    this.rounds = WeightSpaces.dataType(device) == CudnnDescriptors.CUDNN_DATA_BFLOAT16;
    this.x = new RnnOperand(device, launches);
    this.y = new RnnOperand(device, launches);
    this.dx = new RnnOperand(device, launches);
    this.dy = new RnnOperand(device, launches);
    this.dBetween =
        new RnnOperand[] {new RnnOperand(device, launches), new RnnOperand(device, launches)};
    this.work = new DeviceBuffer(device);
    RnnSpec run = training ? spec : evaluated(spec, steps);
    for (WeightSpace space : spaces.of(run)) {
      stages.add(
          new RnnStage(device, launches, spaces.algorithms(), run, space, steps, batch, training));
    }
    for (int i = 1; i < stages.size(); i++) {
      between.add(new RnnOperand(device, launches));
      dropped.add(new RnnOperand(device, launches));
    }
  }

  /**
   * Returns what runs where nothing is dropped: over many steps all layers in one call, side by
   * side, although the weights then have to be copied to where that call wants them.
   */
  private static RnnSpec evaluated(RnnSpec spec, int steps) {
    return steps < STEPS_WORTH_COPIES
        ? spec
        : new RnnSpec(spec.cell(), spec.inputSize(), spec.hiddenSize(), spec.layers(), 0);
  }

  private long workSpace() {
    return work.at(Math.max(1, stages.stream().mapToLong(RnnStage::workBytes).max().orElse(1)));
  }

  private long inputs() {
    return (long) steps * batch * spec.inputSize();
  }

  private long outputs() {
    return (long) steps * batch * spec.hiddenSize();
  }

  // --- Forward ----------------------------------------------------------------------------------

  /** Records the forward pass, as {@link org.lm4j.compute.Backend#rnnForward} says. */
  public void forward(
      RnnWeights weights, RnnInOut inOut, @Nullable RandomKey randomKey, int firstSite) {
    ready = training;
    lookup = inOut.lookup();
    key = randomKey;
    site = firstSite;
    long given = inOut.x().address();
    if (lookup != null) {
      launches.embed(lookup.table(), lookup.ids(), given);
    }
    long workSpace = workSpace();
    long input = x.in(given, inputs());
    int top = stages.size() - 1;
    for (int i = 0; i <= top; i++) {
      long output =
          i == top ? y.out(inOut.y().address(), outputs()) : between.get(i).own(outputs());
      stages.get(i).forward(input, output, weights, inOut.initial(), inOut.last(), workSpace);
      input = output;
      if (i < top && drops) {
        input = dropped.get(i).own(outputs());
        drop(output, input, i);
      }
    }
    y.written(inOut.y().address(), outputs());
  }

  /** Applies dropout to the output of layer {@code layer}, or its gradient. */
  private void drop(long from, long to, int layer) {
    if (key == null) {
      throw new IllegalStateException("dropout without a key");
    }
    Launches.Drop drop = new Launches.Drop(spec.dropout(), key, site + layer);
    launches.dropout(rounds, from, to, outputs(), spec.hiddenSize(), drop);
  }

  // --- Backward ---------------------------------------------------------------------------------

  /**
   * Returns the lookup that gave the input of the last forward pass; null if the input was given.
   */
  public RnnInOut.@Nullable Lookup lookup() {
    return lookup;
  }

  /** Records the backward pass, as {@link org.lm4j.compute.Backend#rnnBackward} says. */
  public void backward(RnnGradients gradients) {
    if (!ready) {
      throw new IllegalStateException(
          "rnnBackward: no forward pass has run on this tape since the last backward pass");
    }
    ready = false;
    long workSpace = workSpace();
    Tensor wanted = gradients.dx();
    long gradient = dy.in(gradients.dy().address(), outputs());
    for (int i = stages.size() - 1; i >= 0; i--) {
      long below;
      if (i > 0) {
        below = dBetween[i % 2].own(outputs());
      } else {
        // cuDNN computes it whether anybody wants it or not.
        below = wanted == null ? dx.own(inputs()) : dx.out(wanted.address(), inputs());
      }
      stages
          .get(i)
          .backward(
              gradient,
              below,
              gradients.dLast(),
              gradients.dInitial(),
              gradients.dWeights(),
              workSpace);
      if (i > 0 && drops) {
        drop(below, below, i - 1);
      }
      gradient = below;
    }
    if (wanted != null) {
      dx.written(wanted.address(), inputs());
      embedBackward(gradients.dTable(), wanted);
    }
  }

  private void embedBackward(@Nullable Tensor dTable, Tensor dInput) {
    if (dTable != null && lookup != null) {
      launches.embedBackward(dInput.address(), lookup.ids(), dTable);
    }
  }

  // --- The tape ---------------------------------------------------------------------------------

  /**
   * Returns a tape as a tape of this device.
   *
   * @throws IllegalArgumentException if another backend made it
   */
  public static CudaRnnTape own(String operation, RnnTape tape, CudaDevice device) {
    if (tape instanceof CudaRnnTape own && own.device == device) {
      return own;
    }
    throw new IllegalArgumentException(operation + ": the tape belongs to another backend");
  }

  /**
   * Returns a lower bound of a tape's bytes, since only cuDNN knows them: it must keep the states
   * of all steps and, for training, the gates.
   *
   * @throws InputException if cuDNN cannot describe windows of this many steps
   */
  public static long leastBytes(RnnSpec spec, int steps, int batch, boolean training) {
    requireSteps(steps);
    long states = Math.multiplyExact((long) steps * batch, spec.hiddenSize());
    long kept = training ? 1 + spec.cell().gates() : 1;
    return Math.multiplyExact(states, kept * spec.layers() * Float.BYTES);
  }

  /**
   * Requires that cuDNN can describe windows of this many steps.
   *
   * @throws InputException if it cannot
   */
  public static void requireSteps(int steps) {
    if (steps > MOST_STEPS) {
      throw InputException.naming(
          "cuDNN takes windows of at most %,d steps, not %,d: give a smaller {bptt} or shorter texts, or use {device} cpu."
              .formatted(MOST_STEPS, steps));
    }
  }

  @Override
  public RnnSpec spec() {
    return spec;
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public boolean training() {
    return training;
  }

  @Override
  public void close() {
    if (device.isOpen()) { // else nothing is left to issue
      device.queue().flush(); // before descriptors go that it may name
    }
    stages.forEach(RnnStage::close);
    between.forEach(RnnOperand::close);
    dropped.forEach(RnnOperand::close);
    for (RnnOperand operand : new RnnOperand[] {x, y, dx, dy, dBetween[0], dBetween[1]}) {
      operand.close();
    }
    work.close();
  }
}
