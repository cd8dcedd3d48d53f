package org.lm4j.parallel;

/** Memory that is on its way to or from another rank, and must stay as it is until it is there. */
public interface Transfer {
  /**
   * Moves it on, as far as that takes no waiting.
   *
   * @return whether it is done; not to be called again then
   * @throws RanksException if the connection is broken
   */
  boolean isDone();
}
