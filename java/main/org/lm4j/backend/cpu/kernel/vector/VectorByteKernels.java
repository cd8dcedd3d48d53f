package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.ByteKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarByteKernels;

/**
 * Products with bytes, which become floats on their way into the registers; by the Vector API's own
 * methods alone, as {@link VectorTile} says.
 */
public final class VectorByteKernels implements ByteKernels {
  /** A vector of as many bytes as the others have floats, where it exists. */
  private static final VectorSpecies<Byte> BYTES =
      LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  private static final ByteKernels PLAIN = new ScalarByteKernels();

  @Override
  public boolean fast() {
    return BYTES.length() == LANES;
  }

  @Override
  public void panels(int count, int k, long x, long panels, long out) {
    if (!fast()) {
      PLAIN.panels(count, k, x, panels, out);
      return;
    }
    long width = 4L * LANES;
    for (int i = 0; i < count; i++) {
      panel(k, x, panels + (long) i * k * width, out + i * width * Float.BYTES);
    }
  }

  private static void panel(int k, long x, long panel, long out) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = FloatVector.zero(SPECIES);
    FloatVector s2 = FloatVector.zero(SPECIES);
    FloatVector s3 = FloatVector.zero(SPECIES);
    long end = panel + 4L * LANES * k;
    long at = x;
    for (long b = panel; b < end; b += 4L * LANES, at += Float.BYTES) {
      FloatVector a = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
      ByteVector b0 = ByteVector.fromMemorySegment(BYTES, ALL, b, ORDER);
      s0 = a.fma((FloatVector) b0.convertShape(VectorOperators.B2F, SPECIES, 0), s0);
      ByteVector b1 = ByteVector.fromMemorySegment(BYTES, ALL, b + LANES, ORDER);
      s1 = a.fma((FloatVector) b1.convertShape(VectorOperators.B2F, SPECIES, 0), s1);
      ByteVector b2 = ByteVector.fromMemorySegment(BYTES, ALL, b + 2L * LANES, ORDER);
      s2 = a.fma((FloatVector) b2.convertShape(VectorOperators.B2F, SPECIES, 0), s2);
      ByteVector b3 = ByteVector.fromMemorySegment(BYTES, ALL, b + 3L * LANES, ORDER);
      s3 = a.fma((FloatVector) b3.convertShape(VectorOperators.B2F, SPECIES, 0), s3);
    }
    s0.intoMemorySegment(ALL, out, ORDER);
    s1.intoMemorySegment(ALL, out + 4L * LANES, ORDER);
    s2.intoMemorySegment(ALL, out + 8L * LANES, ORDER);
    s3.intoMemorySegment(ALL, out + 12L * LANES, ORDER);
  }
}
