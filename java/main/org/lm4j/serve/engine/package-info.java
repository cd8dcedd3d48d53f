/**
 * The engine of the server: one thread computes the steps of all running texts side by side, from
 * states that are kept for prompts that come again.
 */
@NullMarked
package org.lm4j.serve.engine;

import org.jspecify.annotations.NullMarked;
