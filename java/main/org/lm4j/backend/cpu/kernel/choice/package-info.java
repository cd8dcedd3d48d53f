/** Which kernels compute in this JVM. */
@NullMarked
package org.lm4j.backend.cpu.kernel.choice;

import org.jspecify.annotations.NullMarked;
