/**
 * Work on tensors cut into slices for a team of threads: matrix multiplication, elementwise
 * operations, rows, reductions, dropout, updates. A result does not depend on the number of
 * threads.
 */
@NullMarked
package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.NullMarked;
