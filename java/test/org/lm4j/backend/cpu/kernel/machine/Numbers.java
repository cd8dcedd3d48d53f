package org.lm4j.backend.cpu.kernel.machine;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lm4j.tensor.HostStorage;

/** Arrays of random numbers, the same for a seed, with guards on both sides. */
final class Numbers implements AutoCloseable {
  private static final int GUARD = 3; // so that nothing is aligned to a vector
  private static final float[] SPECIAL = {
    0,
    -0f,
    Float.MIN_VALUE,
    Float.MIN_NORMAL,
    0.625f,
    87.33654f,
    -87.33654f,
    1e30f,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  private final List<HostStorage> arrays = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final Random random;
  private final int special;

  /**
   * Creates none yet.
   *
   * @param specialOfThousand how many in a thousand are zeros, infinite, NaN and such
   */
  Numbers(int seed, int specialOfThousand) {
    random = new Random(seed);
    special = specialOfThousand;
  }

  /** Returns the address of {@code n} new numbers. */
  long array(long n) {
    int size = Math.toIntExact(n) + 2 * GUARD;
    HostStorage storage = new HostStorage((long) size * Float.BYTES);
    for (int i = 0; i < size; i++) {
      float usual = (float) random.nextGaussian() * Math.scalb(1f, random.nextInt(7) - 3);
      boolean isSpecial = random.nextInt(1000) < special;
      set(storage.address(), i, isSpecial ? SPECIAL[random.nextInt(SPECIAL.length)] : usual);
    }
    arrays.add(storage);
    sizes.add(size);
    return storage.address() + GUARD * Float.BYTES;
  }

  /** Returns {@code n} numbers of which none is below zero. */
  long positive(long n) {
    long at = array(n);
    for (int i = 0; i < n; i++) {
      set(at, i, Math.abs(get(at, i)));
    }
    return at;
  }

  /** Returns the bits of everything, the guards too; those of a NaN are not defined. */
  List<Integer> bits() {
    List<Integer> bits = new ArrayList<>();
    for (int array = 0; array < arrays.size(); array++) {
      for (int i = 0; i < sizes.get(array); i++) {
        bits.add(Float.floatToIntBits(get(arrays.get(array).address(), i)));
      }
    }
    return bits;
  }

  @Override
  public void close() {
    arrays.forEach(HostStorage::close);
  }
}
