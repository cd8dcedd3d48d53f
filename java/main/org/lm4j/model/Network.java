package org.lm4j.model;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameters;

/**
 * The base class of models: a configuration, and weights on a backend. A subclass adds the layers.
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
  private final boolean training;

  /**
   * Creates a network whose weights are all zero.
   *
   * @param training whether gradients are needed
   */
  protected Network(Backend backend, C config, Parameters.Builder plan, boolean training) {
    this.backend = backend;
    this.config = config;
    this.parameters = plan.allocate(backend, training);
    this.training = training;
  }

  /**
   * Requires that the network was created for training.
   *
   * @throws IllegalStateException if it was opened for inference
   */
  protected final void requireTraining() {
    if (!training) {
      throw new IllegalStateException("the model was opened for inference");
    }
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
