package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.getInt;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.code.CodeTiles;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorProductKernels;
import org.lm4j.tensor.HostStorage;

/** Machine code and the Vector API give the same bits, so that either may compute a step. */
class CodeProductKernelsTest {
  private static final int LANES = Kernels.GATES.lanes();

  @ParameterizedTest
  @ValueSource(ints = {ProductKernels.PANEL_VECTORS, ProductKernels.NARROW_VECTORS})
  void panelsHaveTheBitsOfTheVectorApi(int vectors) {
    ProductKernels code = code();
    ProductKernels vector = new VectorProductKernels();
    for (int rows = 0; rows <= 21; rows++) {
      for (int k : new int[] {0, 1, 2, 7, 33, 130}) {
        for (boolean byColumns : new boolean[] {false, true}) {
          assertThat(product(code, vectors, rows, k, byColumns, new Random(rows + k)))
              .as("%d rows, depth %d", rows, k)
              .isEqualTo(product(vector, vectors, rows, k, byColumns, new Random(rows + k)));
        }
      }
    }
  }

  private static ProductKernels code() {
    String missing = CodeTiles.float32(LANES).missing();
    Need.VECTORS.check(Kernels.VECTORISED && missing.isEmpty(), "no machine code: " + missing);
    return requireNonNull(CodeProductKernels.here());
  }

  @Test
  void dotProductsHaveTheBitsOfTheVectorApi() {
    ProductKernels code = code();
    ProductKernels vector = new VectorProductKernels();
    for (int count : new int[] {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 21}) {
      for (int k = 0; k <= 70; k++) {
        assertThat(dots(code, count, k))
            .as("%d rows of %d", count, k)
            .isEqualTo(dots(vector, count, k));
      }
      assertThat(dots(code, count, 650)).isEqualTo(dots(vector, count, 650));
    }
  }

  private static int[] dots(ProductKernels kernels, int count, int k) {
    Random random = new Random(count + k);
    try (HostStorage w = random(count * k + 1, random);
        HostStorage x = random(k + 1, random);
        HostStorage out = random(count + 2, random)) {
      kernels.dots(
          count, k, w.address() + Float.BYTES, x.address() + Float.BYTES, out.address() + 4);
      int[] bits = new int[count + 2];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = getInt(out.address(), i);
      }
      return bits;
    }
  }

  /** The bits of a product, and of what surrounds it. */
  private static int[] product(
      ProductKernels kernels, int vectors, int rows, int k, boolean byColumns, Random random) {
    int width = vectors * LANES;
    int stride = (byColumns ? rows : k) + 3;
    int cStride = width + 5;
    int size = (rows + 2) * cStride;
    try (HostStorage a = random((rows + k + 1) * stride, random);
        HostStorage panel = random(k * width + 1, random);
        HostStorage start = random(width, random);
        HostStorage c = random(size, random)) {
      long far = (long) stride * Float.BYTES;
      long rowBytes = byColumns ? Float.BYTES : far;
      long stepBytes = byColumns ? far : Float.BYTES;
      long cBytes = (long) cStride * Float.BYTES;
      long to = c.address() + cBytes;
      long from = a.address();
      kernels.panel(
          vectors,
          rows,
          k,
          from,
          rowBytes,
          stepBytes,
          panel.address(),
          start.address(),
          to,
          cBytes);
      int[] bits = new int[size];
      for (int i = 0; i < size; i++) {
        bits[i] = getInt(c.address(), i);
      }
      return bits;
    }
  }

  private static HostStorage random(int size, Random random) {
    HostStorage storage = new HostStorage((long) size * Float.BYTES);
    for (int i = 0; i < size; i++) {
      set(storage.address(), i, (random.nextFloat() - 0.5f) * Math.scalb(1f, random.nextInt(9)));
    }
    return storage;
  }
}
