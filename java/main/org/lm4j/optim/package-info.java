/**
 * Updates weights: optimizers over flat buffers, gradient clipping, and learning-rate schedules.
 * The update rules themselves are {@link org.lm4j.compute.update.UpdateRule}s, computed by the
 * backends.
 */
@NullMarked
package org.lm4j.optim;

import org.jspecify.annotations.NullMarked;
