package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnState;
import org.lm4j.tensor.Tensor;

/** The tensors of a workspace, which are closed together. */
public final class OwnedTensors implements AutoCloseable {
  private final Backend backend;
  private final List<Tensor> owned = new ArrayList<>();

  /** Creates an empty group of tensors of a backend. */
  public OwnedTensors(Backend backend) {
    this.backend = backend;
  }

  /** Allocates a zeroed tensor of the backend's float type. */
  public Tensor floats(int... dims) {
    return add(backend.allocate(dims));
  }

  /** Allocates a zeroed tensor for {@code count} ids. */
  public Tensor ids(int count) {
    return add(backend.allocateIds(count));
  }

  /** Allocates zero states of {@code count} layers or steps, {@code (count, B, H)} each. */
  public RnnState states(Cell cell, int count, int batch, int hidden) {
    return new RnnState(
        floats(count, batch, hidden), cell.hasCellState() ? floats(count, batch, hidden) : null);
  }

  /** Takes ownership of states that were allocated elsewhere. */
  public RnnState add(RnnState state) {
    add(state.h());
    if (state.c() != null) {
      add(state.cell());
    }
    return state;
  }

  private Tensor add(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  @Override
  public void close() {
    owned.forEach(tensor -> tensor.storage().close());
  }
}
