/**
 * A GPU, the memory on it, and the list of commands that is recorded for it and issued as a whole,
 * replayed as a CUDA graph where the same list comes again.
 */
@NullMarked
package org.lm4j.backend.cuda.device;

import org.jspecify.annotations.NullMarked;
