package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.Recurrent;
import org.lm4j.tensor.Tensor;

/**
 * The state that is carried from window to window: the one before and the one after, which {@link
 * #advance} exchanges. A window never changes the state it started from, so a step that went wrong
 * can be done again.
 */
public final class CarriedState implements AutoCloseable {
  private final SoleUse use = new SoleUse("the state");
  private final Backend backend;
  private RnnState before;
  private RnnState after;

  CarriedState(Backend backend, Recurrent recurrent, int batch) {
    this.backend = backend;
    this.before = recurrent.newState(batch);
    this.after = recurrent.newState(batch);
  }

  SoleUse use() {
    return use;
  }

  /** Returns the state before the window. */
  public RnnState before() {
    return before;
  }

  /** Returns the state after the window, once it has run. */
  public RnnState after() {
    return after;
  }

  /** Moves on to the next window: the state after the last one becomes the state before it. */
  public void advance() {
    try (SoleUse.Use _ = use.resume()) {
      RnnState used = before;
      before = after;
      after = used;
    }
  }

  /** Resets the state to zero, as at the beginning of a text. */
  public void reset() {
    try (SoleUse.Use _ = use.begin()) {
      for (Tensor part : parts()) {
        backend.fill(part, 0);
      }
    }
  }

  /** Returns the tensors of {@link #before()}: {@code h}, and {@code c} where the cell has one. */
  public List<Tensor> parts() {
    List<Tensor> parts = new ArrayList<>();
    parts.add(before.h());
    if (before.c() != null) {
      parts.add(before.cell());
    }
    return parts;
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    LanguageModelNetwork.close(before);
    LanguageModelNetwork.close(after);
  }
}
