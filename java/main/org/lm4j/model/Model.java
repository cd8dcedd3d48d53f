package org.lm4j.model;

import java.util.Map;
import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameters;

/** What can be trained, saved and loaded: weights on a backend. Owns them. */
public interface Model extends AutoCloseable {
  /** The machine it computes on. */
  Backend backend();

  /** Its weights and gradients. */
  Parameters parameters();

  /**
   * Parameters that are stored under a second name too.
   *
   * @return the second names, each with the name of the parameter it stands for
   */
  default Map<String, String> tied() {
    return Map.of();
  }

  @Override
  void close();
}
