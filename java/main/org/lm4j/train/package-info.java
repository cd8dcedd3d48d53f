/**
 * The training loop, the same for all models; language models by truncated backpropagation through
 * time, evaluation by perplexity, and checkpoints from which a run continues with the same bits as
 * if it had never stopped.
 */
@NullMarked
package org.lm4j.train;

import org.jspecify.annotations.NullMarked;
