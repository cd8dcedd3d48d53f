package org.lm4j.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The whole address space as one segment, for code that works on raw addresses.
 *
 * <p>Kernels read and write through this one constant segment instead of through one segment per
 * buffer: the JIT specialises vector loads on the kind of segment it has seen, and a kernel that
 * has seen two kinds runs at two thirds of its speed from then on (measured on JDK 25). With a
 * constant base of null a load is a plain machine load.
 *
 * <p>There are no bounds checks. Callers must have checked shape, type and bounds before.
 */
public final class Memory {
  /** The whole address space of this process, as byte offsets from null. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}
}
