/** Kernels in plain loops, for JVMs without the Vector API. */
@NullMarked
package org.lm4j.backend.cpu.kernel.scalar;

import org.jspecify.annotations.NullMarked;
