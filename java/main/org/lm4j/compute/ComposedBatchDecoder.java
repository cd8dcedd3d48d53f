package org.lm4j.compute;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * A batch decoder made of operations that every backend has: windows of one step of all {@code R}
 * sequences, whether active or not.
 */
public final class ComposedBatchDecoder implements BatchDecoder {
  private final Backend backend;
  private final TokenModel model;
  private final int rows;
  private final RnnTape tape;
  private final List<Tensor> owned = new ArrayList<>();
  private final int[] read;
  private final Tensor ids; // I32 (R)
  private final Tensor embedded; // (R, D)
  private final Tensor hidden; // (R, H)
  private final Tensor logits; // (R, V)
  private final Tensor hostLogits; // F64 (R, V)
  private final Tensor hostState; // F64 (layers, R, H)
  private final RnnInOut[] steps = new RnnInOut[2]; // from one state to the other, and back
  private int side;

  /**
   * Creates a decoder on {@code backend}; the caller closes it.
   *
   * @param rows most sequences, at least 1
   * @throws IllegalArgumentException if shapes or types do not fit
   */
  public ComposedBatchDecoder(Backend backend, TokenModel model, int rows) {
    this.backend = backend;
    this.model = model;
    this.rows = rows;
    RnnSpec spec = model.spec();
    this.embedded = own(backend.allocate(rows, spec.inputSize()));
    try {
      new Checks(backend.dtype(), embedded.storage().isHost()).tokenReader(model);
      this.tape = backend.tape(spec, 1, rows, false);
    } catch (RuntimeException e) {
      embedded.storage().close();
      throw e;
    }
    this.read = new int[rows];
    this.ids = own(backend.allocateIds(rows));
    this.hidden = own(backend.allocate(rows, spec.hiddenSize()));
    this.logits = own(backend.allocate(rows, model.vocabulary()));
    this.hostLogits = host(logits);
    RnnState[] states = {state(), state()};
    this.hostState = host(states[0].h());
    for (int i = 0; i < steps.length; i++) {
      steps[i] =
          new RnnInOut(
              embedded.reshape(1, rows, spec.inputSize()),
              states[i],
              hidden.reshape(1, rows, spec.hiddenSize()),
              states[1 - i]);
    }
    for (int row = 0; row < rows; row++) {
      clear(row);
    }
  }

  private Tensor host(Tensor like) {
    HostStorage storage = new HostStorage(like.size() * DType.F64.bytes());
    return own(new Tensor(storage, 0, like.shape(), DType.F64));
  }

  private RnnState state() {
    RnnSpec spec = model.spec();
    Tensor h = own(backend.allocate(spec.layers(), rows, spec.hiddenSize()));
    boolean cells = spec.cell().hasCellState();
    return new RnnState(
        h, cells ? own(backend.allocate(spec.layers(), rows, spec.hiddenSize())) : null);
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int vocabulary() {
    return model.vocabulary();
  }

  @Override
  public int units() {
    return model.spec().hiddenSize();
  }

  /** Returns the parts of the current state: hidden, and cells if there are any. */
  private List<Tensor> parts() {
    RnnState state = steps[side].initial();
    Tensor c = state.c();
    return c == null ? List.of(state.h()) : List.of(state.h(), c);
  }

  private double[] row(Tensor part, int row) {
    backend.download(part, hostState);
    double[] values = new double[model.spec().layers() * units()];
    for (int i = 0; i < values.length; i++) {
      values[i] = hostState.get(place(i, row));
    }
    return values;
  }

  private void setRow(Tensor part, int row, double[] values) {
    backend.download(part, hostState);
    for (int i = 0; i < values.length; i++) {
      hostState.set(place(i, row), values[i]);
    }
    backend.upload(hostState, part);
  }

  /**
   * Returns the place in {@code (layers, R, H)} of number {@code i} of a row's {@code (layers, H)}.
   */
  private long place(int i, int row) {
    int units = units();
    return ((long) (i / units) * rows + row) * units + i % units;
  }

  @Override
  public void clear(int row) {
    Objects.checkIndex(row, rows);
    parts().forEach(part -> setRow(part, row, new double[model.spec().layers() * units()]));
  }

  @Override
  public void copy(int from, int to) {
    Objects.checkIndex(from, rows);
    Objects.checkIndex(to, rows);
    parts().forEach(part -> setRow(part, to, row(part, from)));
  }

  @Override
  public byte[] state(int row) {
    Objects.checkIndex(row, rows);
    List<Tensor> parts = parts();
    ByteBuffer bytes = ByteBuffer.allocate(stateBytes(parts));
    for (Tensor part : parts) {
      bytes.asDoubleBuffer().put(row(part, row));
      bytes.position(bytes.position() + stateBytes(parts) / parts.size());
    }
    return bytes.array();
  }

  private int stateBytes(List<Tensor> parts) {
    return parts.size() * model.spec().layers() * units() * Double.BYTES;
  }

  @Override
  public void restore(int row, byte[] state) {
    Objects.checkIndex(row, rows);
    List<Tensor> parts = parts();
    if (state.length != stateBytes(parts)) {
      throw new IllegalArgumentException(
          "a state of %d bytes, not %d".formatted(state.length, stateBytes(parts)));
    }
    ByteBuffer bytes = ByteBuffer.wrap(state);
    for (Tensor part : parts) {
      double[] values = new double[model.spec().layers() * units()];
      bytes.asDoubleBuffer().get(values);
      bytes.position(bytes.position() + values.length * Double.BYTES);
      setRow(part, row, values);
    }
  }

  @Override
  public void hidden(int row, double[] target) {
    Objects.checkIndex(row, rows);
    if (target.length != units()) {
      throw new IllegalArgumentException(target.length + " numbers for " + units() + " units");
    }
    double[] all = row(parts().getFirst(), row);
    System.arraycopy(all, all.length - units(), target, 0, units());
  }

  @Override
  public void read(int count, int[] tokens, double[] @Nullable [] targets) {
    DecoderChecks.batch(count, rows, tokens, targets, vocabulary());
    System.arraycopy(tokens, 0, read, 0, count);
    backend.upload(read, 0, rows, ids);
    backend.embed(model.table(), ids, embedded);
    backend.rnnForward(tape, model.weights(), steps[side], null, 0);
    side = 1 - side;
    boolean wanted = false;
    for (int row = 0; row < count; row++) {
      wanted |= targets[row] != null;
    }
    if (!wanted) {
      return;
    }
    backend.affine(hidden, model.output(), model.bias(), logits);
    backend.download(logits, hostLogits);
    int v = vocabulary();
    for (int row = 0; row < count; row++) {
      double[] target = targets[row];
      if (target != null) {
        long from = (long) row * v * Double.BYTES;
        MemorySegment.copy(hostLogits.segment(), JAVA_DOUBLE, from, target, 0, v);
      }
    }
  }

  @Override
  public void close() {
    tape.close();
    owned.forEach(tensor -> tensor.storage().close());
  }
}
