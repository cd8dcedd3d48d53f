package org.lm4j.backend.cpu.kernel.vector;

import org.lm4j.backend.cpu.kernel.ProductKernels;

/**
 * Computes a few rows of a product with a packed panel, each sum in one register for the whole
 * inner loop. The sums must be local variables, since an array of them would live in memory; hence
 * one method per number of rows, longer than others. They are called through this interface, so
 * that each stays a method by itself.
 *
 * <p>Vectors are loaded and stored by the Vector API's own methods, never through helpers: past a
 * fixed number of nodes in a method the JIT inlines only what the JDK forces it to, and a vector
 * handed to a method that is not inlined becomes an object, at a tenth of the speed.
 */
@FunctionalInterface
interface VectorTile {
  /** Computes {@link ProductKernels#panel} for a fixed number of rows; distances are in bytes. */
  void run(int k, long a, long aRow, long aStep, long panel, long start, long c, long cRow);
}
