package org.lm4j.backend.cpu.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.Bf16Kernels;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.scalar.ScalarBf16Kernels;

/** Pairs with the Vector API, in operations on the bits. */
public final class VectorBf16Kernels implements Bf16Kernels {
  private static final VectorSpecies<Integer> SPECIES =
      VectorSpecies.of(int.class, VectorMath.SPECIES.vectorShape());
  private static final VectorSpecies<Float> FLOATS = VectorMath.SPECIES;
  private static final long STEP = (long) LANES * Integer.BYTES;
  private static final int UPPER = ~0xffff;

  @Override
  public void pairs(
      int rows,
      int width,
      int padded,
      long low,
      long high,
      long sourceBytes,
      long target,
      long bytes) {
    if (low != 0 && high != 0 && width == LANES && padded == LANES) {
      vectors(rows, low, high, sourceBytes, target, bytes);
      return;
    }
    for (int row = 0; row < rows; row++) {
      long far = row * sourceBytes;
      long to = target + row * bytes;
      int whole = width / LANES * LANES;
      if (low != 0 && high != 0) {
        both(whole, low + far, high + far, to);
      } else if (low != 0 || high != 0) {
        one(whole, low != 0 ? low + far : high + far, low != 0 ? 16 : 0, to);
      } else {
        zeros(0, whole, to);
      }
      if (whole < width) {
        if (padded == width && width >= LANES && low != 0 && high != 0) { // the last one overlaps
          long last = (long) (width - LANES) * Integer.BYTES;
          both(LANES, low + far + last, high + far + last, to + last);
        } else {
          rest(whole, width, padded, low == 0 ? 0 : low + far, high == 0 ? 0 : high + far, to);
        }
      }
      zeros(GateShape.roundUp(width, LANES), padded, to);
    }
  }

  /** Rows of one vector. */
  private static void vectors(
      int rows, long low, long high, long sourceBytes, long target, long bytes) {
    long lower = low;
    long upper = high;
    long to = target;
    for (int row = 0; row < rows; row++, lower += sourceBytes, upper += sourceBytes, to += bytes) {
      IntVector a = rounded(IntVector.fromMemorySegment(SPECIES, ALL, lower, ORDER));
      IntVector b = rounded(IntVector.fromMemorySegment(SPECIES, ALL, upper, ORDER));
      a.lanewise(VectorOperators.LSHR, 16).or(b.and(UPPER)).intoMemorySegment(ALL, to, ORDER);
    }
  }

  @Override
  public void groups(
      int count, int rows, long low, long high, long sourceBytes, long target, long groupBytes) {
    for (int row = 0; row < rows; row++) { // memory is read as it lies: a row, then the next
      long far = row * sourceBytes;
      long to = target + row * STEP;
      if (high != 0) {
        apart(count, low + far, high + far, to, groupBytes);
      } else {
        lowerApart(count, low + far, to, groupBytes);
      }
    }
  }

  private static void apart(int count, long low, long high, long target, long bytes) {
    long end = count * STEP;
    long to = target;
    for (long i = 0; i < end; i += STEP, to += bytes) {
      IntVector lower = rounded(IntVector.fromMemorySegment(SPECIES, ALL, low + i, ORDER));
      IntVector upper = rounded(IntVector.fromMemorySegment(SPECIES, ALL, high + i, ORDER));
      lower
          .lanewise(VectorOperators.LSHR, 16)
          .or(upper.and(UPPER))
          .intoMemorySegment(ALL, to, ORDER);
    }
  }

  private static void lowerApart(int count, long low, long target, long bytes) {
    long end = count * STEP;
    long to = target;
    for (long i = 0; i < end; i += STEP, to += bytes) {
      rounded(IntVector.fromMemorySegment(SPECIES, ALL, low + i, ORDER))
          .lanewise(VectorOperators.LSHR, 16)
          .intoMemorySegment(ALL, to, ORDER);
    }
  }

  private static void both(int width, long low, long high, long target) {
    long end = (long) width * Integer.BYTES;
    for (long i = 0; i < end; i += STEP) {
      IntVector lower = rounded(IntVector.fromMemorySegment(SPECIES, ALL, low + i, ORDER));
      IntVector upper = rounded(IntVector.fromMemorySegment(SPECIES, ALL, high + i, ORDER));
      lower
          .lanewise(VectorOperators.LSHR, 16)
          .or(upper.and(UPPER))
          .intoMemorySegment(ALL, target + i, ORDER);
    }
  }

  /** The other half of each word being zero. */
  private static void one(int width, long source, int shift, long target) {
    long end = (long) width * Integer.BYTES;
    for (long i = 0; i < end; i += STEP) {
      rounded(IntVector.fromMemorySegment(SPECIES, ALL, source + i, ORDER))
          .and(UPPER)
          .lanewise(VectorOperators.LSHR, shift)
          .intoMemorySegment(ALL, target + i, ORDER);
    }
  }

  private static void zeros(int from, int to, long target) {
    for (int i = from; i < to; i += LANES) {
      long at = target + (long) i * Integer.BYTES;
      IntVector.zero(SPECIES).intoMemorySegment(ALL, at, ORDER);
    }
  }

  /** The words behind the last whole vector: a vector with zeros where there is room for it. */
  private static void rest(int from, int width, int padded, long low, long high, long target) {
    if (padded < from + LANES) {
      ScalarBf16Kernels.words(from, width, low, high, target);
      return;
    }
    VectorMask<Integer> valid = SPECIES.indexInRange(0, width - from);
    long i = (long) from * Integer.BYTES;
    IntVector lower = IntVector.zero(SPECIES);
    if (low != 0) {
      lower = rounded(IntVector.fromMemorySegment(SPECIES, ALL, low + i, ORDER, valid));
    }
    IntVector upper = IntVector.zero(SPECIES);
    if (high != 0) {
      upper = rounded(IntVector.fromMemorySegment(SPECIES, ALL, high + i, ORDER, valid));
    }
    lower
        .lanewise(VectorOperators.LSHR, 16)
        .or(upper.and(UPPER))
        .intoMemorySegment(ALL, target + i, ORDER);
  }

  /** As {@link Bf16#round}, but for the lower half, where bits are left. */
  private static IntVector rounded(IntVector x) {
    IntVector odd = x.lanewise(VectorOperators.LSHR, 16).and(1);
    VectorMask<Integer> nan = x.and(0x7fff_ffff).compare(VectorOperators.GT, 0x7f80_0000);
    VectorMask<Integer> tiny = x.and(0x7f80_0000).compare(VectorOperators.EQ, 0);
    return x.add(odd.add(0x7fff)).blend(x.or(0x0040_0000), nan).blend(x.and(0x8000_0000), tiny);
  }

  /** As {@link VectorTile} says: sums in local variables, by the Vector API's own methods. */
  @Override
  public void row(int pairs, long row, long stepBytes, long panel, long start, long out) {
    FloatVector s0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
    FloatVector s1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + STEP, ORDER);
    FloatVector s2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * STEP, ORDER);
    FloatVector s3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * STEP, ORDER);
    long end = panel + 4 * STEP * pairs;
    long at = row;
    for (long b = panel; b < end; b += 4 * STEP, at += stepBytes) {
      int pair = ALL.get(JAVA_INT_UNALIGNED, at);
      FloatVector high = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair & UPPER));
      FloatVector low = FloatVector.broadcast(FLOATS, Float.intBitsToFloat(pair << 16));
      IntVector w0 = IntVector.fromMemorySegment(SPECIES, ALL, b, ORDER);
      IntVector w1 = IntVector.fromMemorySegment(SPECIES, ALL, b + STEP, ORDER);
      IntVector w2 = IntVector.fromMemorySegment(SPECIES, ALL, b + 2 * STEP, ORDER);
      IntVector w3 = IntVector.fromMemorySegment(SPECIES, ALL, b + 3 * STEP, ORDER);
      s0 = high.fma(w0.and(UPPER).reinterpretAsFloats(), s0);
      s1 = high.fma(w1.and(UPPER).reinterpretAsFloats(), s1);
      s2 = high.fma(w2.and(UPPER).reinterpretAsFloats(), s2);
      s3 = high.fma(w3.and(UPPER).reinterpretAsFloats(), s3);
      s0 = low.fma(w0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s0);
      s1 = low.fma(w1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s1);
      s2 = low.fma(w2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s2);
      s3 = low.fma(w3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s3);
    }
    s0.intoMemorySegment(ALL, out, ORDER);
    s1.intoMemorySegment(ALL, out + STEP, ORDER);
    s2.intoMemorySegment(ALL, out + 2 * STEP, ORDER);
    s3.intoMemorySegment(ALL, out + 3 * STEP, ORDER);
  }
}
