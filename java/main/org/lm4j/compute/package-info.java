/**
 * The interface between models and machines: {@link org.lm4j.compute.Backend} and its value types.
 *
 * <p>Letters used throughout: {@code B} batch, {@code T} time steps, {@code D} input width, {@code
 * H} hidden width, {@code L} layers, {@code V} vocabulary, {@code G} gates per cell. Sequences are
 * time-major, {@code (T, B, ·)}. The gradient of {@code x} is called {@code dx}. Gradients of
 * parameters accumulate (+=); gradients of activations overwrite (=).
 *
 * <p>Two decisions follow from devices that run asynchronously. Results that steer training (loss,
 * gradient norm) are written into tensors and read only when needed, so that a step needs no
 * synchronisation. And the element type {@code I32} exists so that token ids can stay where the
 * computation is.
 */
@NullMarked
package org.lm4j.compute;

import org.jspecify.annotations.NullMarked;
