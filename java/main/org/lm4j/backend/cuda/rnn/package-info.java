/**
 * The recurrent stack on the GPU: weights in cuDNN's layout, and the forward and backward pass over
 * a window.
 */
@NullMarked
package org.lm4j.backend.cuda.rnn;

import org.jspecify.annotations.NullMarked;
