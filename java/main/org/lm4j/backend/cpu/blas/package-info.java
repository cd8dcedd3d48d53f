/**
 * OpenBLAS through the Foreign Function and Memory API: finding and opening the library, its calls,
 * and the rule that decides which matrix multiplications it computes.
 */
@NullMarked
package org.lm4j.backend.cpu.blas;

import org.jspecify.annotations.NullMarked;
