package org.lm4j.task.lm.adapt;

/** One distribution of a mixture: a model or a cache, which reads a text chunk by chunk. */
interface Component extends AutoCloseable {
  /** Forgets the state, as at the beginning of a line; what was learnt from the text stays. */
  void reset();

  /**
   * Reads the inputs of a chunk and sets the logarithm of the probability of each target that is
   * scored; adds the distribution of each row that is scored, if the chunk keeps them.
   */
  void read(Chunk chunk);

  @Override
  void close();
}
