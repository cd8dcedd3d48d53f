package org.lm4j.backend.cuda.rnn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.device.CommandList;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.DeviceBuffer;
import org.lm4j.backend.cuda.device.Launches;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * Some neighbouring layers of a stack that one call of cuDNN runs over a window of one shape: its
 * descriptors, its reserve space, and its operands.
 *
 * <p>cuDNN's order: a forward pass for training writes the reserve space, the backward pass to the
 * data changes it, the backward pass to the weights reads it. Each command carries the stage's
 * serial number, which is given out once, so that a list is never taken for one of a tape that was
 * closed and whose descriptors happened to lie at the same addresses.
 */
public final class RnnStage implements AutoCloseable {
  private final CudaDevice device;
  private final Launches launches;
  private final WeightSpace space;
  private final boolean training;
  private final boolean cells; // whether there is a cell state
  private final long serial;
  private final RnnDescriptor rnn; // of the forward pass
  private final @Nullable RnnDescriptor backwardRnn; // of the backward passes; null without them
  private final long xDescriptor;
  private final long yDescriptor;
  private final long stateDescriptor;
  private final long stateSize; // elements
  private final long workBytes;
  private final long reserveBytes;
  private final long reserve;
  private final long zeros; // a state's worth, for a gradient that is not given; 0 without training
  private final DeviceBuffer ownWeights;
  private final DeviceBuffer ownGradients;
  private final RnnOperand hx;
  private final RnnOperand cx;
  private final RnnOperand hy;
  private final RnnOperand cy;
  private final RnnOperand dhy;
  private final RnnOperand dcy;
  private final RnnOperand dhx;
  private final RnnOperand dcx;

  // Of the last forward pass.
  private long x;
  private long y;
  private long hidden;
  private long cell;
  private long weights;

  RnnStage(
      CudaDevice device,
      Launches launches,
      RnnAlgorithms algorithms,
      RnnSpec spec,
      WeightSpace space,
      int steps,
      int batch,
      boolean training) { // one shape, all of it
    this.device = device;
    this.launches = launches;
    this.space = space;
    this.training = training;
    this.cells = spec.cell().hasCellState();
    this.serial = device.nextSerial();
    int type = WeightSpaces.dataType(device);
    CudnnDescriptors descriptors = device.cudnn().descriptors();
    int hiddenSize = spec.hiddenSize();
    this.rnn = new RnnDescriptor(device, spec, space.first(), space.layers(), type);
    this.xDescriptor = descriptors.createSequences();
    descriptors.setSequences(xDescriptor, type, steps, batch, spec.inputSize(space.first()));
    this.yDescriptor = descriptors.createSequences();
    descriptors.setSequences(yDescriptor, type, steps, batch, hiddenSize);
    this.stateDescriptor = descriptors.createTensor();
    descriptors.setTensor(stateDescriptor, type, space.layers(), batch, hiddenSize);
    this.stateSize = (long) space.layers() * batch * hiddenSize;
    RnnAlgorithms.Passes forward =
        new RnnAlgorithms.Passes(
            spec, space.layers(), steps, batch, RnnAlgorithms.Direction.FORWARD);
    RnnDescriptor.Spaces spaces = rnn.choose(algorithms, forward, mode(), xDescriptor);
    if (training) {
      this.backwardRnn = new RnnDescriptor(device, spec, space.first(), space.layers(), type);
      RnnAlgorithms.Passes backward =
          new RnnAlgorithms.Passes(
              spec, space.layers(), steps, batch, RnnAlgorithms.Direction.BACKWARD);
      if (rnn.isPersistent()) {
        spaces = spaces.or(backwardRnn.choose(algorithms, backward, mode(), xDescriptor));
        rnn.takesAlong(backwardRnn);
      } else {
        spaces = spaces.or(backwardRnn.standardSpaces(mode(), xDescriptor));
      }
    } else {
      this.backwardRnn = null;
    }
    this.workBytes = spaces.work();
    this.reserveBytes = training ? spaces.reserve() : 0;
    this.reserve = reserveBytes > 0 ? device.allocate(reserveBytes) : 0;
    this.zeros = training ? device.allocateZeroed(stateSize * Float.BYTES) : 0;
    this.ownWeights = new DeviceBuffer(device);
    this.ownGradients = new DeviceBuffer(device);
    this.hx = new RnnOperand(device, launches);
    this.cx = new RnnOperand(device, launches);
    this.hy = new RnnOperand(device, launches);
    this.cy = new RnnOperand(device, launches);
    this.dhy = new RnnOperand(device, launches);
    this.dcy = new RnnOperand(device, launches);
    this.dhx = new RnnOperand(device, launches);
    this.dcx = new RnnOperand(device, launches);
  }

  private int mode() {
    return training ? CudnnRnn.CUDNN_FWD_MODE_TRAINING : CudnnRnn.CUDNN_FWD_MODE_INFERENCE;
  }

  /** Returns the bytes of the work space its calls need. */
  long workBytes() {
    return workBytes;
  }

  /** Returns the address of this stage's part of a stack's state. */
  private long part(Tensor state) {
    return state.address() + space.first() * (stateSize / space.layers()) * Float.BYTES;
  }

  // --- Forward ----------------------------------------------------------------------------------

  /**
   * Records the forward pass.
   *
   * @param input where x lies, in the type that is computed with
   * @param output where y goes, in that type
   * @param initial state of the whole stack
   * @param last state of the whole stack; may be the same
   * @param work the work space
   */
  void forward(long input, long output, RnnWeights of, RnnState initial, RnnState last, long work) {
    x = input;
    y = output;
    weights = weights(of);
    hidden = before(hx, initial.h(), last.h());
    cell = cells ? before(cx, initial.cell(), last.cell()) : 0;
    long newHidden = hy.out(part(last.h()), stateSize);
    long newCell = cells ? cy.out(part(last.cell()), stateSize) : 0;
    device
        .queue()
        .begin(CommandList.RNN_FORWARD, 0)
        .add(serial)
        .add(rnn.handle())
        .add(mode())
        .add(xDescriptor)
        .add(x)
        .add(yDescriptor)
        .add(y)
        .add(stateDescriptor)
        .add(hidden)
        .add(newHidden)
        .add(cells ? stateDescriptor : 0)
        .add(cell)
        .add(newCell)
        .add(space.bytes())
        .add(weights)
        .add(workBytes)
        .add(work)
        .add(reserveBytes)
        .add(reserve);
    hy.written(part(last.h()), stateSize);
    if (cells) {
      cy.written(part(last.cell()), stateSize);
    }
  }

  /** Returns the address at which the state is read: a copy where the new state overwrites it. */
  private long before(RnnOperand operand, Tensor initial, Tensor last) {
    return initial.address() == last.address()
        ? operand.copyOf(part(initial), stateSize)
        : operand.in(part(initial), stateSize);
  }

  /** Returns the weights as cuDNN wants them: those given, or a copy. */
  private long weights(RnnWeights of) {
    boolean single = space.elementBytes() == Float.BYTES;
    long there = single ? space.find(of) : 0;
    if (there != 0) {
      return there;
    }
    long block = ownWeights.at(space.bytes());
    for (int layer = space.first(); layer < space.first() + space.layers(); layer++) {
      for (int i = 0; i < WeightSpace.PARTS; i++) {
        Tensor part = WeightSpace.part(of, layer, i);
        long target = block + space.offset(layer, i);
        if (single) {
          launches.copy(part.address(), target, part.size() * Float.BYTES);
        } else {
          launches.toBf16(part.address(), target, 1, part.size(), part.size());
        }
      }
    }
    return block;
  }

  // --- Backward ---------------------------------------------------------------------------------

  /**
   * Records the backward pass of the last forward pass.
   *
   * @param dOutput gradient of y, in the type that is computed with
   * @param dInput where the gradient of x goes, in that type
   * @param dLast gradient of the state after, of the whole stack; null for zero
   * @param dInitial where that of the state before goes; null if not needed
   * @param dWeights accumulated
   */
  void backward(
      long dOutput,
      long dInput,
      @Nullable RnnState dLast,
      @Nullable RnnState dInitial,
      RnnWeights dWeights,
      long work) {
    recordData(
        dOutput,
        dInput,
        dLast == null ? zeros : dhy.in(part(dLast.h()), stateSize),
        dInitial == null ? 0 : dhx.out(part(dInitial.h()), stateSize),
        !cells ? 0 : dLast == null ? zeros : dcy.in(part(dLast.cell()), stateSize),
        dInitial == null || !cells ? 0 : dcx.out(part(dInitial.cell()), stateSize),
        work);
    if (dInitial != null) {
      dhx.written(part(dInitial.h()), stateSize);
      if (cells) {
        dcx.written(part(dInitial.cell()), stateSize);
      }
    }
    boolean single = space.elementBytes() == Float.BYTES;
    long there = single ? space.find(dWeights) : 0;
    if (there != 0) {
      recordWeights(there, work); // cuDNN accumulates too
      return;
    }
    long block = ownGradients.at((space.bytes() + 3) / 4 * 4);
    launches.fill(block, 0, (space.bytes() + 3) / 4);
    recordWeights(block, work);
    accumulate(block, single, dWeights);
  }

  private long backwardHandle() {
    return Objects.requireNonNull(backwardRnn, "a backward pass without training").handle();
  }

  private void recordData(
      long dOutput, long dInput, long dhyAt, long dhxAt, long dcyAt, long dcxAt, long work) {
    device
        .queue()
        .begin(CommandList.RNN_BACKWARD_DATA, 0)
        .add(serial)
        .add(backwardHandle())
        .add(yDescriptor)
        .add(y)
        .add(dOutput)
        .add(xDescriptor)
        .add(dInput)
        .add(stateDescriptor)
        .add(hidden)
        .add(dhyAt)
        .add(dhxAt)
        .add(cells ? stateDescriptor : 0)
        .add(cell)
        .add(dcyAt)
        .add(dcxAt)
        .add(space.bytes())
        .add(weights)
        .add(workBytes)
        .add(work)
        .add(reserveBytes)
        .add(reserve);
  }

  private void recordWeights(long dWeights, long work) {
    device
        .queue()
        .begin(CommandList.RNN_BACKWARD_WEIGHTS, 0)
        .add(serial)
        .add(backwardHandle())
        .add(xDescriptor)
        .add(x)
        .add(stateDescriptor)
        .add(hidden)
        .add(yDescriptor)
        .add(y)
        .add(space.bytes())
        .add(dWeights)
        .add(workBytes)
        .add(work)
        .add(reserveBytes)
        .add(reserve);
  }

  private void accumulate(long block, boolean single, RnnWeights dWeights) {
    for (int layer = space.first(); layer < space.first() + space.layers(); layer++) {
      for (int i = 0; i < WeightSpace.PARTS; i++) {
        Tensor part = WeightSpace.part(dWeights, layer, i);
        long source = block + space.offset(layer, i);
        if (single) {
          launches.axpy(1, source, part.address(), part.size());
        } else {
          launches.fromBf16(source, part.address(), part.size(), true);
        }
      }
    }
  }

  @Override
  public void close() {
    for (RnnOperand operand : new RnnOperand[] {hx, cx, hy, cy, dhy, dcy, dhx, dcx}) {
      operand.close();
    }
    ownWeights.close();
    ownGradients.close();
    for (long block : new long[] {reserve, zeros}) {
      if (block != 0) {
        device.free(block);
      }
    }
    CudnnDescriptors descriptors = device.cudnn().descriptors();
    descriptors.destroyTensor(stateDescriptor);
    descriptors.destroySequences(yDescriptor);
    descriptors.destroySequences(xDescriptor);
    rnn.close();
    if (backwardRnn != null) {
      backwardRnn.close();
    }
  }
}
