package org.lm4j.task.lm.adapt;

import java.util.List;
import org.lm4j.compute.BackendException;

/** Reads a text with all components of a mixture. */
final class Reader implements AutoCloseable {
  private final List<Component> components; // in the order in which they read
  private final Chunk chunk;

  /**
   * Creates a reader at the beginning of a text.
   *
   * @param components are closed with it
   */
  Reader(List<Component> components, Chunk chunk) {
    this.components = List.copyOf(components);
    this.chunk = chunk;
  }

  /** Receives the rows of a chunk once it is read. */
  @FunctionalInterface
  interface Taker {
    /**
     * Receives one scored row.
     *
     * @param index of its target in the tokens of the call
     * @param row of the chunk
     */
    void take(int index, Chunk chunk, int row);
  }

  /** Forgets the state. */
  void reset() {
    components.forEach(Component::reset);
  }

  /**
   * Reads all tokens but the last, and passes on each that is scored.
   *
   * @param ids of which {@code ids[0..count]} are used
   * @param count of the tokens that are read
   * @param scored the index of the first token that is scored, at least 1
   * @throws BackendException if a probability is not a number
   */
  void read(int[] ids, int count, int scored, Taker taker) {
    for (int from = 0; from < count; from += chunk.most()) {
      chunk.load(ids, from, Math.min(chunk.most(), count - from), scored);
      components.forEach(component -> component.read(chunk));
      for (int row = 0; row < chunk.rows(); row++) {
        if (chunk.isScored(row)) {
          taker.take(from + row + 1, chunk, row);
        }
      }
    }
  }

  /**
   * Returns the loss of a row.
   *
   * @throws BackendException if it is not a finite number
   */
  static double loss(Chunk chunk, int row) {
    double loss = -chunk.log(row);
    if (!Double.isFinite(loss)) {
      throw new BackendException(
          ("the loss of a token is %s: the weights of a model are damaged, or dynamic evaluation"
                  + " has too high a learning rate")
              .formatted(loss));
    }
    return loss;
  }

  @Override
  public void close() {
    components.forEach(Component::close);
  }
}
