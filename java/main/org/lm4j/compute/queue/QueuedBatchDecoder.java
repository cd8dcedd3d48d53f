package org.lm4j.compute.queue;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.SoleUse;
import org.lm4j.compute.TokenModel;

/**
 * A batch decoder of a {@link QueuedBackend}: used by one thread at a time, freed between
 * operations.
 */
final class QueuedBatchDecoder implements BatchDecoder {
  private final QueuedBackend backend;
  private final TokenModel model;
  private final BatchDecoder decoder;
  private final SoleUse use = new SoleUse("the batch decoder");
  private boolean closed; // read and written in a turn only

  QueuedBatchDecoder(QueuedBackend backend, TokenModel model, BatchDecoder decoder) {
    this.backend = backend;
    this.model = model;
    this.decoder = decoder;
  }

  /** Returns the decoder behind this one; only in a turn. */
  private BatchDecoder open() {
    if (closed) {
      throw new IllegalStateException("the batch decoder is closed");
    }
    model.requireOpen(); // it may have copied the weights
    return decoder;
  }

  @Override
  public int rows() {
    return decoder.rows();
  }

  @Override
  public int vocabulary() {
    return decoder.vocabulary();
  }

  @Override
  public int units() {
    return decoder.units();
  }

  @Override
  public void clear(int row) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().clear(row);
    }
  }

  @Override
  public void copy(int from, int to) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().copy(from, to);
    }
  }

  @Override
  public byte[] state(int row) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      return open().state(row);
    }
  }

  @Override
  public void restore(int row, byte[] state) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().restore(row, state);
    }
  }

  @Override
  public void hidden(int row, double[] target) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().hidden(row, target);
    }
  }

  @Override
  public void read(int count, int[] tokens, double[] @Nullable [] logits) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().read(count, tokens, logits);
    }
  }

  @Override
  public void close() {
    try (QueuedOperations.Turn _ = backend.lastTurn()) {
      if (!closed) {
        closed = true;
        decoder.close();
      }
    }
  }
}
