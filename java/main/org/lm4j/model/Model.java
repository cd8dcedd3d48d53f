package org.lm4j.model;

import java.util.Map;
import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameters;

/** A model that can be trained, saved and loaded. Owns its weights on a backend. */
public interface Model extends AutoCloseable {
  /** Returns the backend it computes on. */
  Backend backend();

  /** Returns its weights and gradients. */
  Parameters parameters();

  /**
   * Returns the parameters that are also stored under a second name.
   *
   * @return the second names, each with the name of its parameter
   */
  default Map<String, String> tied() {
    return Map.of();
  }

  @Override
  void close();
}
