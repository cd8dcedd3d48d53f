package org.lm4j.compute;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/**
 * The inputs and outputs of one backward pass over a window.
 *
 * @param dy gradient of the output, {@code (T, B, H)}; read
 * @param dLast gradient of the state after the window, or null for zero (truncated BPTT); read
 * @param dx gradient of the input, {@code (T, B, D)}, or null if not needed; overwritten
 * @param dInitial gradient of the state before the window, or null; overwritten
 * @param dWeights gradients of the weights; accumulated
 * @param dTable gradient of the table of {@link RnnInOut.Lookup}, {@code (V, D)}, or null where the
 *     input was given; accumulated. Where it is not null, {@code dx} must be there as memory to
 *     work in, undefined afterwards
 */
public record RnnGradients(
    Tensor dy,
    @Nullable RnnState dLast,
    @Nullable Tensor dx,
    @Nullable RnnState dInitial,
    RnnWeights dWeights,
    @Nullable Tensor dTable) {
  /** Creates the operands of a pass whose input was given, not looked up. */
  public RnnGradients(
      Tensor dy,
      @Nullable RnnState dLast,
      @Nullable Tensor dx,
      @Nullable RnnState dInitial,
      RnnWeights dWeights) {
    this(dy, dLast, dx, dInitial, dWeights, null);
  }
}
