package org.lm4j.backend.cpu.kernel.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;

/**
 * Adds up the lanes of a vector of doubles by way of memory, always in the same order. Not {@code
 * reduceLanes}, whose order of additions is undefined: code that is compiled adds in another than
 * code that is still interpreted, so that bits would depend on when that happens.
 */
final class VectorSums {
  private static final int LANES = DoubleVector.SPECIES_PREFERRED.length();

  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(
          () -> Arena.ofAuto().allocate((long) LANES * Double.BYTES, HostStorage.ALIGNMENT));

  private VectorSums() {}

  /** Returns the address of this thread's memory for the lanes of one vector. */
  static long scratch() {
    return SCRATCH.get().address();
  }

  /** Returns the sum of the lanes stored at {@code lanes}, from the first to the last. */
  static double of(long lanes) {
    double sum = 0;
    for (int i = 0; i < LANES; i++) {
      sum += Memory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, lanes + (long) i * Double.BYTES);
    }
    return sum;
  }
}
