package org.lm4j.task;

import java.util.function.Function;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.model.Model;

/**
 * A trained model that was read from a folder and can be used: what the entry points of all tasks
 * have in common.
 *
 * <p>Threads: any number of threads may use one loaded model at the same time. The backend performs
 * one operation at a time, in the order of arrival, so threads share its speed. {@link #close}
 * waits for the operation that is under way; calls that are still running, and later ones, then
 * throw {@link IllegalStateException}.
 *
 * @param <N> the network
 */
public abstract class LoadedModel<N extends Model> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LoadedModel.class.getName());

  private final N network;
  private final boolean ownsBackend;

  /**
   * A model around a network, which it owns.
   *
   * @param network the weights, opened for inference
   * @param ownsBackend whether closing the model also closes the network's backend
   */
  protected LoadedModel(N network, boolean ownsBackend) {
    this.network = network;
    this.ownsBackend = ownsBackend;
  }

  /**
   * Opens the fastest backend of this machine, an NVIDIA GPU or the CPU, and loads a model on it.
   *
   * @param load makes the model; it owns the backend
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static <L> L onFastestBackend(BackendOptions options, Function<Backend, L> load) {
    Backend backend =
        Backends.open("auto", options, line -> LOG.log(System.Logger.Level.DEBUG, line));
    try {
      return load.apply(backend);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** Returns the weights and layers of the model, for what this entry point does not offer. */
  public final N network() {
    return network;
  }

  /** Returns the backend that the model computes on. */
  public final Backend backend() {
    return network.backend();
  }

  /** Frees the memory of the model, and its backend if the model opened it. */
  @Override
  public void close() {
    network.close();
    if (ownsBackend) {
      network.backend().close();
    }
  }
}
