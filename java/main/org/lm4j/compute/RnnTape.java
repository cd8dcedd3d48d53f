package org.lm4j.compute;

/**
 * Everything a backend needs to run one recurrent stack over windows of one shape: its workspace,
 * and what a forward pass leaves behind for the backward pass (cuDNN's reserve space, a CPU's
 * gates). Allocated once per shape and reused; one tape serves one forward in flight, and one
 * thread at a time.
 */
public interface RnnTape extends AutoCloseable {
  /** Returns the stack that the tape was made for. */
  RnnSpec spec();

  /** Returns the number of time steps {@code T} of a window. */
  int steps();

  /** Returns the number of sequences {@code B} side by side. */
  int batch();

  /**
   * Returns whether forward passes keep what a backward pass needs, and apply dropout between
   * layers.
   */
  boolean training();

  /**
   * Promises that forward passes over {@code rows} inputs in all, {@code T·B} each, will find the
   * weights and the table of their lookups as they are now: a backend may keep from pass to pass
   * what it makes of them. Each call ends the promise before; without one, weights may change after
   * any pass.
   *
   * @param rows at least 0, for no promise
   */
  default void weightsStay(long rows) {}

  /** Frees its memory. */
  @Override
  void close();
}
