package org.lm4j.nn;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The workspaces of a model, one for each shape of its batches. A workspace is made when its shape
 * is first met and then kept, so that nothing is allocated once all shapes have been seen.
 *
 * @param <K> the shape, a value
 * @param <W> the activations of a batch of that shape
 */
public final class Workspaces<K, W> implements AutoCloseable {
  private final Map<K, W> made = new HashMap<>();
  private final Function<K, W> maker;
  private final Consumer<W> closer;

  /**
   * Creates an empty set of workspaces, with functions that create and close one.
   *
   * @param closer called once for each workspace, when all are closed
   */
  public Workspaces(Function<K, W> maker, Consumer<W> closer) {
    this.maker = maker;
    this.closer = closer;
  }

  /** Returns the workspace of a shape. */
  public W of(K shape) {
    return made.computeIfAbsent(shape, maker);
  }

  /** Returns the shapes met so far. */
  public Collection<K> shapes() {
    return Collections.unmodifiableSet(made.keySet());
  }

  @Override
  public void close() {
    made.values().forEach(closer);
    made.clear();
  }
}
