package org.lm4j.compute.queue;

import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.SoleUse;
import org.lm4j.compute.TokenModel;

/** A reader of a {@link QueuedBackend}: used by one thread at a time, freed between operations. */
final class QueuedDecoder implements IncrementalDecoder {
  private final QueuedBackend backend;
  private final TokenModel model;
  private final IncrementalDecoder reader;
  private final SoleUse use = new SoleUse("the token reader");
  private boolean closed; // read and written in a turn only

  QueuedDecoder(QueuedBackend backend, TokenModel model, IncrementalDecoder reader) {
    this.backend = backend;
    this.model = model;
    this.reader = reader;
  }

  /** Returns the decoder behind this one; only in a turn. */
  private IncrementalDecoder open() {
    if (closed) {
      throw new IllegalStateException("the token reader is closed");
    }
    model.requireOpen(); // it may have copied the weights
    return reader;
  }

  @Override
  public int vocabulary() {
    return model.vocabulary();
  }

  @Override
  public void reset() {
    try (SoleUse.Use _ = use.begin();
        QueuedOperations.Turn _ = backend.turn()) {
      open().reset();
    }
  }

  @Override
  public void read(int token) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().read(token);
    }
  }

  @Override
  public void logits(double[] target) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().logits(target);
    }
  }

  @Override
  public boolean bounds() {
    return reader.bounds();
  }

  @Override
  public void upperBounds(double[] target) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().upperBounds(target);
    }
  }

  @Override
  public int blockSize() {
    return reader.blockSize();
  }

  @Override
  public double weights(double temperature, double[] sums) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      return open().weights(temperature, sums);
    }
  }

  @Override
  public void block(int block, double[] target) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      open().block(block, target);
    }
  }

  @Override
  public double logit(int token) {
    try (SoleUse.Use _ = use.resume();
        QueuedOperations.Turn _ = backend.turn()) {
      return open().logit(token);
    }
  }

  @Override
  public void close() {
    try (QueuedOperations.Turn _ = backend.lastTurn()) {
      if (!closed) {
        closed = true;
        reader.close();
      }
    }
  }
}
