package org.lm4j.compute;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/**
 * The state of a recurrent stack between two windows.
 *
 * @param h hidden states, {@code (L, B, H)}
 * @param c cell states, {@code (L, B, H)}, for cells that have them; otherwise null
 */
public record RnnState(Tensor h, @Nullable Tensor c) {
  /**
   * Returns the cell states.
   *
   * @throws IllegalStateException if the cell has none
   */
  public Tensor cell() {
    if (c == null) {
      throw new IllegalStateException("this cell has no cell state");
    }
    return c;
  }
}
