package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ZERO;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.load;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.store;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.lm4j.backend.cpu.kernel.DropoutKernels;
import org.lm4j.compute.RandomKey;

/**
 * Dropout with {@link org.lm4j.compute.Philox} in vectors, {@code LANES / 4} blocks in each.
 *
 * <p>A block lies in two neighbouring long lanes: words 0 and 1 in the even one, words 2 and 3 in
 * the odd one, the lower word in the lower half. With {@code P} the products of the lower halves
 * with their multipliers, a round is
 *
 * <pre>
 *   word 0 = high P(odd)  ^ word 1 ^ key 0     word 2 = high P(even) ^ word 3 ^ key 1
 *   word 1 = low  P(odd)                       word 3 = low  P(even)
 * </pre>
 *
 * that is: the four ints of the products in reverse, xor the upper halves moved down, xor the keys
 * in the lower halves. The draws come out in the order of the elements they decide about.
 */
public final class VectorDropoutKernels implements DropoutKernels {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int QUAD = 4; // draws of one block
  private static final int ROUNDS = 10;
  private static final long LOW_32 = 0xFFFFFFFFL;
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final LongVector MULTIPLIERS = alternate(0xD2511F53L, 0xCD9E8D57L);
  private static final IntVector WEYL = alternate(0x9E3779B9L, 0xBB67AE85L).reinterpretAsInts();
  private static final LongVector NEXT = alternate(LANES / QUAD, 0);
  private static final LongVector EVEN = alternate(-1, 0);
  private static final LongVector PLACES = // of a block among those of its vector
      LongVector.broadcast(LONGS, 0).addIndex(1).lanewise(VectorOperators.LSHR, 1).and(EVEN);
  private static final VectorShuffle<Integer> REVERSED = VectorShuffle.fromOp(INTS, i -> i ^ 3);

  private static LongVector alternate(long even, long odd) {
    long[] lanes = new long[LONGS.length()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = i % 2 == 0 ? even : odd;
    }
    return LongVector.fromArray(LONGS, lanes, 0);
  }

  /**
   * Combines by bits, not by a mask, because masks of long lanes are slow where a vector has only
   * two.
   */
  private static LongVector pairs(long even, long odd) {
    return LongVector.broadcast(LONGS, even ^ odd).and(EVEN).lanewise(VectorOperators.XOR, odd);
  }

  @Override
  public void dropout(
      long n, long quad, long x, long y, long threshold, float scale, RandomKey key, int site) {
    LongVector counter = pairs(quad + ((long) site << 40), key.step()).add(PLACES);
    LongVector keys = pairs(key.seed() & LOW_32, key.seed() >>> 32);
    IntVector least = IntVector.broadcast(INTS, (int) threshold);
    long bytes = n / LANES * STEP;
    for (long i = 0; i < bytes; i += STEP) {
      VectorMask<Float> keep =
          draws(counter, keys).compare(VectorOperators.UGE, least).cast(SPECIES);
      store(ZERO.blend(load(x + i).mul(scale), keep), y + i);
      counter = counter.add(NEXT);
    }
    if (n % LANES != 0) {
      VectorMask<Float> tail = SPECIES.indexInRange(0, n % LANES);
      VectorMask<Float> keep =
          draws(counter, keys).compare(VectorOperators.UGE, least).cast(SPECIES);
      store(ZERO.blend(load(x + bytes, tail).mul(scale), keep), y + bytes, tail);
    }
  }

  /** Returns the words of the blocks with these counters: ten rounds. */
  private static IntVector draws(LongVector counter, LongVector keys) {
    LongVector x = counter;
    LongVector k = keys;
    for (int i = 0; i < ROUNDS; i++) {
      x = round(x, k);
      k = k.reinterpretAsInts().add(WEYL).reinterpretAsLongs();
    }
    return x.reinterpretAsInts();
  }

  private static LongVector round(LongVector x, LongVector keys) {
    LongVector products = x.and(LOW_32).mul(MULTIPLIERS.and(LOW_32));
    return products
        .reinterpretAsInts()
        .rearrange(REVERSED)
        .reinterpretAsLongs()
        .lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 32))
        .lanewise(VectorOperators.XOR, keys);
  }
}
