/**
 * Language models: configuration, model, training by truncated backpropagation through time,
 * evaluation by perplexity, generation.
 */
@NullMarked
package org.lm4j.task.lm;

import org.jspecify.annotations.NullMarked;
