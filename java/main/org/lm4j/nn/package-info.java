/**
 * Layers with an explicit forward and an explicit backward pass.
 *
 * <p>A layer owns no activations. It holds views of its parameters and their gradients and works on
 * tensors its caller hands it; what the backward pass needs is named in its signature. So one set
 * of layers serves windows of any shape, and who owns which buffer is visible where it is
 * allocated. Letters and the accumulate-or-overwrite rule are those of {@code org.lm4j.compute}.
 */
@NullMarked
package org.lm4j.nn;

import org.jspecify.annotations.NullMarked;
