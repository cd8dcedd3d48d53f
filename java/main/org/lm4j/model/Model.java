package org.lm4j.model;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameters;

/** What can be trained, saved and loaded: weights on a backend. Owns them. */
public interface Model extends AutoCloseable {
  /** The machine it computes on. */
  Backend backend();

  /** Its weights and gradients. */
  Parameters parameters();

  @Override
  void close();
}
