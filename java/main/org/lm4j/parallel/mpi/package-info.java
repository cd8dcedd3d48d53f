/**
 * MPI through the Foreign Function and Memory API: whether this process was started by {@code
 * mpirun}, finding and opening the library that belongs to it, and its calls.
 */
@NullMarked
package org.lm4j.parallel.mpi;

import org.jspecify.annotations.NullMarked;
