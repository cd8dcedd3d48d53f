package org.lm4j.compute;

/**
 * Everything a backend needs to run one recurrent stack over windows of one shape: its workspace,
 * and what a forward pass leaves behind for the backward pass (cuDNN's reserve space, a CPU's
 * gates). Allocated once per shape and reused; one tape serves one forward in flight.
 */
public interface RnnTape extends AutoCloseable {
  /** The stack it was made for. */
  RnnSpec spec();

  /** Time steps {@code T} of a window. */
  int steps();

  /** Sequences {@code B} side by side. */
  int batch();

  /** Whether forward passes keep what a backward pass needs, and drop out between layers. */
  boolean training();

  /** Frees its memory. */
  @Override
  void close();
}
