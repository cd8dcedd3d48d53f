/** Kernels on the Vector API. */
@NullMarked
package org.lm4j.backend.cpu.kernel.vector;

import org.jspecify.annotations.NullMarked;
