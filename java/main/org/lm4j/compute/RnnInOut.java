package org.lm4j.compute;

import org.lm4j.tensor.Tensor;

/**
 * What goes into and comes out of one forward pass over a window. The tape remembers these tensors:
 * {@code x}, {@code initial} and {@code y} must stay unchanged until the backward pass is done.
 *
 * @param x input, {@code (T, B, D)}
 * @param initial state before the window, {@code (L, B, H)} each
 * @param y output of the last layer, {@code (T, B, H)}; overwritten
 * @param last state after the window; overwritten; may be the same tensors as {@code initial} only
 *     if no backward pass follows
 */
public record RnnInOut(Tensor x, RnnState initial, Tensor y, RnnState last) {}
