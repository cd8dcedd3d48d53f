package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.Int8;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.scalar.ScalarInt8Kernels;

/**
 * Steps with the Vector API. Two products of steps with signs add up to at most {@code 2 · 127²},
 * which is less than 2^15: so they are computed in pairs of 16 bits.
 */
public final class VectorInt8Kernels implements Int8Kernels {
  private static final VectorSpecies<Float> FLOATS = VectorMath.SPECIES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, FLOATS.vectorShape());
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final int MAGNITUDE = 0x7fff_ffff;
  private static final int SIGNS = 0x8080_8080; // subtracts the offset of four bytes

  @Override
  public float round(int depth, long x, long words) {
    int count = Int8.words(depth);
    int whole = (depth - 3 * count) / LANES * LANES; // words that have all four
    float most = most(depth, x);
    float stepsOfOne = Int8.stepsOfOne(most);
    long quarter = (long) count * Float.BYTES;
    long end = (long) whole * Integer.BYTES;
    for (long i = 0; i < end; i += STEP) {
      IntVector word = bytes(x + i, stepsOfOne);
      word = word.or(bytes(x + quarter + i, stepsOfOne).lanewise(VectorOperators.LSHL, 8));
      word = word.or(bytes(x + 2 * quarter + i, stepsOfOne).lanewise(VectorOperators.LSHL, 16));
      word = word.or(bytes(x + 3 * quarter + i, stepsOfOne).lanewise(VectorOperators.LSHL, 24));
      word.intoMemorySegment(ALL, words + i, ORDER);
    }
    ScalarInt8Kernels.words(Math.max(0, whole), depth, x, stepsOfOne, words);
    return Int8.step(most);
  }

  private static IntVector bytes(long x, float stepsOfOne) {
    return FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER)
        .mul(stepsOfOne)
        .add(Int8.WHOLE)
        .reinterpretAsInts()
        .add(Int8.OFFSET - Int8.WHOLE_BITS)
        .and(0xff);
  }

  /** Returns the largest magnitude: magnitudes are in the order of their bits, a NaN above all. */
  private static float most(int depth, long x) {
    IntVector most = IntVector.zero(INTS);
    int whole = depth / LANES * LANES;
    long end = x + (long) whole * Float.BYTES;
    for (long at = x; at < end; at += STEP) {
      most = most.max(IntVector.fromMemorySegment(INTS, ALL, at, ORDER).and(MAGNITUDE));
    }
    int bits = most.reduceLanes(VectorOperators.MAX);
    for (int i = whole; i < depth; i++) {
      bits = Math.max(bits, PlainMemory.getInt(x, i) & MAGNITUDE);
    }
    return Float.intBitsToFloat(bits);
  }

  /** As {@link VectorTile} says: sums in local variables, by the Vector API's own methods. */
  @Override
  public void row(int words, long row, long panel, long sums) {
    IntVector s0 = IntVector.zero(INTS);
    IntVector s1 = IntVector.zero(INTS);
    IntVector s2 = IntVector.zero(INTS);
    IntVector s3 = IntVector.zero(INTS);
    long b = panel;
    for (int i = 0; i < words; i++, b += 4 * STEP) {
      int word = PlainMemory.getInt(row, i) ^ SIGNS;
      int even = ((byte) word & 0xffff) | ((byte) (word >> 16) << 16);
      int odd = ((byte) (word >> 8) & 0xffff) | ((word >> 24) << 16);
      ShortVector xe = IntVector.broadcast(INTS, even).reinterpretAsShorts();
      ShortVector xo = IntVector.broadcast(INTS, odd).reinterpretAsShorts();
      ShortVector w0 = ShortVector.fromMemorySegment(SHORTS, ALL, b, ORDER);
      ShortVector w1 = ShortVector.fromMemorySegment(SHORTS, ALL, b + STEP, ORDER);
      ShortVector w2 = ShortVector.fromMemorySegment(SHORTS, ALL, b + 2 * STEP, ORDER);
      ShortVector w3 = ShortVector.fromMemorySegment(SHORTS, ALL, b + 3 * STEP, ORDER);
      ShortVector e0 = w0.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
      ShortVector e1 = w1.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
      ShortVector e2 = w2.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
      ShortVector e3 = w3.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
      w0 = w0.lanewise(VectorOperators.ASHR, 8).mul(xo).add(e0.mul(xe));
      w1 = w1.lanewise(VectorOperators.ASHR, 8).mul(xo).add(e1.mul(xe));
      w2 = w2.lanewise(VectorOperators.ASHR, 8).mul(xo).add(e2.mul(xe));
      w3 = w3.lanewise(VectorOperators.ASHR, 8).mul(xo).add(e3.mul(xe));
      IntVector p0 = w0.reinterpretAsInts();
      IntVector p1 = w1.reinterpretAsInts();
      IntVector p2 = w2.reinterpretAsInts();
      IntVector p3 = w3.reinterpretAsInts();
      s0 = s0.add(p0.lanewise(VectorOperators.ASHR, 16));
      s1 = s1.add(p1.lanewise(VectorOperators.ASHR, 16));
      s2 = s2.add(p2.lanewise(VectorOperators.ASHR, 16));
      s3 = s3.add(p3.lanewise(VectorOperators.ASHR, 16));
      s0 = s0.add(p0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      s1 = s1.add(p1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      s2 = s2.add(p2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
      s3 = s3.add(p3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
    }
    s0.intoMemorySegment(ALL, sums, ORDER);
    s1.intoMemorySegment(ALL, sums + STEP, ORDER);
    s2.intoMemorySegment(ALL, sums + 2 * STEP, ORDER);
    s3.intoMemorySegment(ALL, sums + 3 * STEP, ORDER);
  }

  @Override
  public void scale(int width, long sums, float step, long steps, long start, long out) {
    long end = (long) width * Float.BYTES;
    for (long i = 0; i < end; i += STEP) {
      IntVector sum = IntVector.fromMemorySegment(INTS, ALL, sums + i, ORDER);
      FloatVector factor = FloatVector.fromMemorySegment(FLOATS, ALL, steps + i, ORDER).mul(step);
      ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0))
          .mul(factor)
          .add(FloatVector.fromMemorySegment(FLOATS, ALL, start + i, ORDER))
          .intoMemorySegment(ALL, out + i, ORDER);
    }
  }
}
