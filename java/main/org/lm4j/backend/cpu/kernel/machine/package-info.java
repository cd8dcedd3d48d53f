/** Kernels in machine code that lm4j writes at start. */
@NullMarked
package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.NullMarked;
