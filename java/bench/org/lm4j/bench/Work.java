package org.lm4j.bench;

/**
 * What one invocation of a benchmark cannot do without.
 *
 * @param flop floating-point operations; a multiply-add is two, a function such as exp is one
 * @param bytes least traffic with memory: what is given is read once, what is wanted is written
 *     once, and everything between stays in a cache
 */
record Work(double flop, double bytes) {
  private static final int FLOAT_BYTES = 4;

  /** The same, traffic counted in float32 numbers read or written. */
  static Work ofFloats(double flop, double floats) {
    return new Work(flop, floats * FLOAT_BYTES);
  }
}
