package org.lm4j.backend;

import java.util.function.Consumer;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;

/** Opens. */
public final class Backends {
  private Backends() {}

  /** Opens. */
  public static Backend open(String name, BackendOptions options, Consumer<String> log) {
    log.accept(name + options);
    return new ReferenceBackend();
  }
}
