package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.tensor.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.lm4j.backend.cpu.kernel.PackKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarPackKernels;

/** Packing with the Vector API. */
public final class VectorPackKernels implements PackKernels {
  private static final PackKernels PLAIN = new ScalarPackKernels();
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final Swap[] SWAPS = swaps();

  /**
   * One stage of a transposition: in each pair of rows {@code span} apart, the first row's lanes
   * whose index has the bit {@code span} change places with the second row's lanes without it.
   */
  private record Swap(
      int span, VectorShuffle<Float> up, VectorShuffle<Float> down, VectorMask<Float> high) {}

  private static Swap[] swaps() {
    Swap[] all = new Swap[Integer.numberOfTrailingZeros(LANES)];
    for (int i = 0; i < all.length; i++) {
      int span = 1 << i;
      boolean[] high = new boolean[LANES];
      for (int lane = 0; lane < LANES; lane++) {
        high[lane] = (lane & span) != 0;
      }
      all[i] =
          new Swap(
              span,
              VectorShuffle.fromOp(SPECIES, lane -> (lane - span) & (LANES - 1)),
              VectorShuffle.fromOp(SPECIES, lane -> (lane + span) & (LANES - 1)),
              VectorMask.fromArray(SPECIES, high, 0));
    }
    return all;
  }

  @Override
  public void copy(
      int rows, int width, int padded, long source, long sourceBytes, long target, long bytes) {
    if (width == LANES && padded == LANES) {
      copyVectors(rows, source, sourceBytes, target, bytes);
    } else if (width == 4 * LANES && padded == width) {
      copyPanel(rows, source, sourceBytes, target, bytes);
    } else {
      for (int row = 0; row < rows; row++) {
        copyRow(width, padded, source + row * sourceBytes, target + row * bytes);
      }
    }
  }

  private static void copyVectors(
      int rows, long source, long sourceBytes, long target, long bytes) {
    long from = source;
    long to = target;
    for (int row = 0; row < rows; row++, from += sourceBytes, to += bytes) {
      FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER).intoMemorySegment(ALL, to, ORDER);
    }
  }

  private static void copyPanel(int rows, long source, long sourceBytes, long target, long bytes) {
    long from = source;
    long to = target;
    for (int row = 0; row < rows; row++, from += sourceBytes, to += bytes) {
      FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + STEP, ORDER);
      FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * STEP, ORDER);
      FloatVector v3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * STEP, ORDER);
      v0.intoMemorySegment(ALL, to, ORDER);
      v1.intoMemorySegment(ALL, to + STEP, ORDER);
      v2.intoMemorySegment(ALL, to + 2 * STEP, ORDER);
      v3.intoMemorySegment(ALL, to + 3 * STEP, ORDER);
    }
  }

  @Override
  public void groups(
      int count, int rows, long source, long sourceBytes, long target, long groupBytes) {
    for (int row = 0; row < rows; row++) { // memory is read as it lies: a row, then the next
      copyApart(count, source + row * sourceBytes, target + row * STEP, groupBytes);
    }
  }

  private static void copyApart(int count, long source, long target, long bytes) {
    long end = source + count * STEP;
    long to = target;
    for (long from = source; from < end; from += STEP, to += bytes) {
      FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER).intoMemorySegment(ALL, to, ORDER);
    }
  }

  @Override
  public void addRows(int rows, int width, long matrix, long bytes, long sums) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = FloatVector.zero(SPECIES);
    FloatVector s2 = FloatVector.zero(SPECIES);
    FloatVector s3 = FloatVector.zero(SPECIES);
    long at = matrix;
    int row = 0;
    for (; row + 4 <= rows; row += 4, at += 4 * bytes) { // four sums that need not wait
      s0 = s0.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
      s1 = s1.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + bytes, ORDER));
      s2 = s2.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * bytes, ORDER));
      s3 = s3.add(FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * bytes, ORDER));
    }
    for (; row < rows; row++, at += bytes) {
      s0 = s0.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER));
    }
    VectorMask<Float> valid = SPECIES.indexInRange(0, width);
    FloatVector.fromMemorySegment(SPECIES, ALL, sums, ORDER, valid)
        .add(s0.add(s1).add(s2.add(s3)))
        .intoMemorySegment(ALL, sums, ORDER, valid);
  }

  private static void copyRow(int width, int padded, long from, long to) {
    long whole = (long) (width / LANES) * STEP;
    long end = (long) padded * Float.BYTES;
    long i = 0;
    for (; i < whole; i += STEP) {
      FloatVector.fromMemorySegment(SPECIES, ALL, from + i, ORDER)
          .intoMemorySegment(ALL, to + i, ORDER);
    }
    if (i < end && width % LANES != 0) {
      VectorMask<Float> rest = SPECIES.indexInRange(0, width % LANES);
      FloatVector.fromMemorySegment(SPECIES, ALL, from + i, ORDER, rest)
          .intoMemorySegment(ALL, to + i, ORDER);
      i += STEP;
    }
    for (; i < end; i += STEP) {
      FloatVector.zero(SPECIES).intoMemorySegment(ALL, to + i, ORDER);
    }
  }

  @Override
  public void transpose(int count, int k, long source, long sourceBytes, long target, long bytes) {
    if (k < LANES) {
      PLAIN.transpose(count, k, source, sourceBytes, target, bytes);
      return;
    }
    for (int block = 0; block < k; block += LANES) {
      int j = Math.min(block, k - LANES); // the last block may overlap the one before
      long from = source + (long) j * Float.BYTES;
      long to = target + j * bytes;
      if (count == LANES) {
        firstSwaps(from, sourceBytes, to, bytes);
      } else {
        firstSwaps(count, from, sourceBytes, to, bytes);
      }
      if (LANES == 16) {
        lastSwaps(to, bytes);
      } else if (LANES == 8) {
        lastSwap(to, bytes);
      }
    }
  }

  /** The stages of spans 1 and 2, four rows at a time, from one place to another. */
  private static void firstSwaps(long from, long fromBytes, long to, long toBytes) {
    Swap one = SWAPS[0];
    Swap two = SWAPS[1];
    for (int i = 0; i < LANES; i += 4) {
      long at = from + i * fromBytes;
      FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, at + fromBytes, ORDER);
      FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * fromBytes, ORDER);
      FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, at + 3 * fromBytes, ORDER);
      FloatVector e = a.blend(b.rearrange(one.up), one.high);
      FloatVector f = a.rearrange(one.down).blend(b, one.high);
      FloatVector g = c.blend(d.rearrange(one.up), one.high);
      FloatVector h = c.rearrange(one.down).blend(d, one.high);
      long out = to + i * toBytes;
      e.blend(g.rearrange(two.up), two.high).intoMemorySegment(ALL, out, ORDER);
      f.blend(h.rearrange(two.up), two.high).intoMemorySegment(ALL, out + toBytes, ORDER);
      e.rearrange(two.down).blend(g, two.high).intoMemorySegment(ALL, out + 2 * toBytes, ORDER);
      f.rearrange(two.down).blend(h, two.high).intoMemorySegment(ALL, out + 3 * toBytes, ORDER);
    }
  }

  /** Does the same with {@code count} rows, followed by rows of zeros. */
  private static void firstSwaps(int count, long from, long fromBytes, long to, long toBytes) {
    // No masked loads of rows that are not there: processors without them read all the same.
    for (int i = 0; i < count; i++) {
      FloatVector.fromMemorySegment(SPECIES, ALL, from + i * fromBytes, ORDER)
          .intoMemorySegment(ALL, to + i * toBytes, ORDER);
    }
    for (int i = count; i < LANES; i++) {
      FloatVector.zero(SPECIES).intoMemorySegment(ALL, to + i * toBytes, ORDER);
    }
    firstSwaps(to, toBytes, to, toBytes);
  }

  /** The stages of spans 4 and 8 of sixteen rows, in place. */
  private static void lastSwaps(long block, long bytes) {
    Swap four = SWAPS[2];
    Swap eight = SWAPS[3];
    for (int i = 0; i < 4; i++) {
      long at = block + i * bytes;
      FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, at + 4 * bytes, ORDER);
      FloatVector c = FloatVector.fromMemorySegment(SPECIES, ALL, at + 8 * bytes, ORDER);
      FloatVector d = FloatVector.fromMemorySegment(SPECIES, ALL, at + 12 * bytes, ORDER);
      FloatVector e = a.blend(b.rearrange(four.up), four.high);
      FloatVector f = a.rearrange(four.down).blend(b, four.high);
      FloatVector g = c.blend(d.rearrange(four.up), four.high);
      FloatVector h = c.rearrange(four.down).blend(d, four.high);
      e.blend(g.rearrange(eight.up), eight.high).intoMemorySegment(ALL, at, ORDER);
      f.blend(h.rearrange(eight.up), eight.high).intoMemorySegment(ALL, at + 4 * bytes, ORDER);
      e.rearrange(eight.down).blend(g, eight.high).intoMemorySegment(ALL, at + 8 * bytes, ORDER);
      f.rearrange(eight.down).blend(h, eight.high).intoMemorySegment(ALL, at + 12 * bytes, ORDER);
    }
  }

  /** The stage of span 4 of eight rows, in place. */
  private static void lastSwap(long block, long bytes) {
    Swap four = SWAPS[2];
    for (int i = 0; i < 4; i++) {
      long low = block + i * bytes;
      long high = low + 4 * bytes;
      FloatVector a = FloatVector.fromMemorySegment(SPECIES, ALL, low, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(SPECIES, ALL, high, ORDER);
      a.blend(b.rearrange(four.up), four.high).intoMemorySegment(ALL, low, ORDER);
      a.rearrange(four.down).blend(b, four.high).intoMemorySegment(ALL, high, ORDER);
    }
  }

  @Override
  public void merge(
      int rows,
      int width,
      long tile,
      long tileBytes,
      float alpha,
      float keep,
      long c,
      long cBytes) {
    if (keep == 1 && alpha == 1 && width == 4 * LANES) {
      addPanel(rows, tile, tileBytes, c, cBytes);
      return;
    }
    for (int row = 0; row < rows; row++) {
      if (keep == 0) {
        setRow(width, tile + row * tileBytes, alpha, c + row * cBytes);
      } else {
        addRow(width, tile + row * tileBytes, alpha, keep, c + row * cBytes);
      }
    }
  }

  private static void addPanel(int rows, long tile, long tileBytes, long c, long cBytes) {
    long from = tile;
    long to = c;
    for (int row = 0; row < rows; row++, from += tileBytes, to += cBytes) {
      FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + STEP, ORDER);
      FloatVector v2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * STEP, ORDER);
      FloatVector v3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * STEP, ORDER);
      v0 = v0.add(FloatVector.fromMemorySegment(SPECIES, ALL, to, ORDER));
      v1 = v1.add(FloatVector.fromMemorySegment(SPECIES, ALL, to + STEP, ORDER));
      v2 = v2.add(FloatVector.fromMemorySegment(SPECIES, ALL, to + 2 * STEP, ORDER));
      v3 = v3.add(FloatVector.fromMemorySegment(SPECIES, ALL, to + 3 * STEP, ORDER));
      v0.intoMemorySegment(ALL, to, ORDER);
      v1.intoMemorySegment(ALL, to + STEP, ORDER);
      v2.intoMemorySegment(ALL, to + 2 * STEP, ORDER);
      v3.intoMemorySegment(ALL, to + 3 * STEP, ORDER);
    }
  }

  private static void setRow(int width, long tile, float alpha, long c) {
    long whole = (long) (width / LANES) * STEP;
    for (long i = 0; i < whole; i += STEP) {
      FloatVector.fromMemorySegment(SPECIES, ALL, tile + i, ORDER)
          .mul(alpha)
          .intoMemorySegment(ALL, c + i, ORDER);
    }
    if (width % LANES != 0) {
      VectorMask<Float> rest = SPECIES.indexInRange(0, width % LANES);
      FloatVector.fromMemorySegment(SPECIES, ALL, tile + whole, ORDER)
          .mul(alpha)
          .intoMemorySegment(ALL, c + whole, ORDER, rest);
    }
  }

  private static void addRow(int width, long tile, float alpha, float keep, long c) {
    FloatVector factor = FloatVector.broadcast(SPECIES, alpha);
    long whole = (long) (width / LANES) * STEP;
    for (long i = 0; i < whole; i += STEP) {
      FloatVector old = FloatVector.fromMemorySegment(SPECIES, ALL, c + i, ORDER).mul(keep);
      FloatVector.fromMemorySegment(SPECIES, ALL, tile + i, ORDER)
          .fma(factor, old)
          .intoMemorySegment(ALL, c + i, ORDER);
    }
    if (width % LANES != 0) {
      VectorMask<Float> rest = SPECIES.indexInRange(0, width % LANES);
      FloatVector old =
          FloatVector.fromMemorySegment(SPECIES, ALL, c + whole, ORDER, rest).mul(keep);
      FloatVector.fromMemorySegment(SPECIES, ALL, tile + whole, ORDER)
          .fma(factor, old)
          .intoMemorySegment(ALL, c + whole, ORDER, rest);
    }
  }
}
