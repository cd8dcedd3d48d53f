/**
 * The recurrent stack on the CPU: packed weights, forward and backward recurrence over a window,
 * and the buffers between the two.
 */
@NullMarked
package org.lm4j.backend.cpu.rnn;

import org.jspecify.annotations.NullMarked;
