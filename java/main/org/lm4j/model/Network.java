package org.lm4j.model;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameters;

/**
 * A model of one kind: its configuration, and its weights on a backend. A subclass adds the layers.
 *
 * @param <C> the configuration
 */
public abstract class Network<C extends Record> implements Model {
  /**
   * The site of randomness of the first parameter's initial weights; the next ones follow. Sites of
   * dropout are below it.
   */
  protected static final int SITE_INITIALIZATION = 1 << 16;

  protected final Backend backend;
  protected final C config;
  protected final Parameters parameters;

  /**
   * Creates a network whose weights are all zero.
   *
   * @param training whether gradients are needed
   */
  protected Network(Backend backend, C config, Parameters.Builder plan, boolean training) {
    this.backend = backend;
    this.config = config;
    this.parameters = plan.allocate(backend, training);
  }

  @Override
  public final Backend backend() {
    return backend;
  }

  /** Returns the configuration. */
  public final C config() {
    return config;
  }

  @Override
  public final Parameters parameters() {
    return parameters;
  }

  @Override
  public void close() {
    parameters.close();
  }
}
