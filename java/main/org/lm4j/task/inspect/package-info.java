/**
 * How gradients flow through a recurrent language model: step by step, and through its recurrent
 * matrices.
 */
@NullMarked
package org.lm4j.task.inspect;

import org.jspecify.annotations.NullMarked;
