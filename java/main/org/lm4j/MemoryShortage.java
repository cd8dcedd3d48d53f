package org.lm4j;

import java.util.List;

/**
 * Thrown when a request needs more memory than is available. The message has both figures; the
 * command line adds what to make smaller.
 */
public final class MemoryShortage extends InputException {
  private static final long serialVersionUID = 1;

  private final transient List<String> blamed;
  private final boolean heap;

  /**
   * Creates the exception with a sentence for the user.
   *
   * @param parameters that take memory in proportion to their values, most likely to blame first
   * @param heap whether it is Java's heap that is too small
   */
  public MemoryShortage(String message, List<String> parameters, boolean heap) {
    super(message);
    this.blamed = List.copyOf(parameters);
    this.heap = heap;
  }

  /** Parameters that take memory in proportion to their values; none if it is not known which. */
  public List<String> blamed() {
    return blamed;
  }

  /** Returns whether it is Java's heap that is too small. */
  public boolean heap() {
    return heap;
  }
}
