package org.lm4j.compute.queue;

import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.SoleUse;

/**
 * A tape of a {@link QueuedBackend}: used by one thread at a time, and freed between operations.
 */
final class QueuedTape implements RnnTape {
  private final QueuedBackend backend;
  private final RnnTape tape;
  private final SoleUse use = new SoleUse("the tape");
  private boolean closed; // read and written in a turn only

  QueuedTape(QueuedBackend backend, RnnTape tape) {
    this.backend = backend;
    this.tape = tape;
  }

  /** Returns whether {@code other} made this tape. */
  @SuppressWarnings("ReferenceEquality") // the very backend is asked for
  boolean belongsTo(QueuedBackend other) {
    return backend == other;
  }

  SoleUse use() {
    return use;
  }

  /** Returns the tape behind this one; only in a turn. */
  RnnTape open() {
    if (closed) {
      throw new IllegalStateException("the tape is closed");
    }
    return tape;
  }

  @Override
  public RnnSpec spec() {
    return tape.spec();
  }

  @Override
  public int steps() {
    return tape.steps();
  }

  @Override
  public int batch() {
    return tape.batch();
  }

  @Override
  public boolean training() {
    return tape.training();
  }

  @Override
  public void weightsStay(long rows) {
    try (SoleUse.Use _ = use.begin();
        QueuedOperations.Turn _ = backend.turn()) {
      open().weightsStay(rows);
    }
  }

  @Override
  public void close() {
    try (QueuedOperations.Turn _ = backend.lastTurn()) {
      if (!closed) {
        closed = true;
        tape.close();
      }
    }
  }
}
