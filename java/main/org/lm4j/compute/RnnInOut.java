package org.lm4j.compute;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/**
 * The inputs and outputs of one forward pass over a window. The tape remembers these tensors:
 * {@code x}, {@code initial}, {@code y} and the lookup must stay unchanged until the backward pass
 * is done.
 *
 * @param x input, {@code (T, B, D)}; with a lookup memory for it, undefined afterwards
 * @param initial state before the window, {@code (L, B, H)} each
 * @param y output of the last layer, {@code (T, B, H)}; overwritten
 * @param last state after the window; overwritten; may be the same tensors as {@code initial} only
 *     if no backward pass follows
 * @param lookup where the input comes from, or null if it is {@code x}
 */
public record RnnInOut(
    Tensor x, RnnState initial, Tensor y, RnnState last, @Nullable Lookup lookup) {
  /**
   * An input that is rows of a table: {@code x[t, b] = table[ids[t · B + b]]}. A backend that knows
   * may multiply the table's rows by the input weights, fewer than those of a window, instead of
   * theirs.
   *
   * @param table {@code (V, D)}
   * @param ids {@code I32 (T·B)}, each in [0, V); checked
   */
  public record Lookup(Tensor table, Tensor ids) {}

  /** Creates the operands of a pass whose input is given, not looked up. */
  public RnnInOut(Tensor x, RnnState initial, Tensor y, RnnState last) {
    this(x, initial, y, last, null);
  }
}
