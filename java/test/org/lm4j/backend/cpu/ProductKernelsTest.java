package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarProductKernels;
import org.lm4j.tensor.HostStorage;

/** Products with packed panels, wide and narrow, and what packs them, against sums in double. */
class ProductKernelsTest {
  private static final long SEED = 20261122;
  private static final int LANES = Kernels.GATES.lanes();
  private static final float UNTOUCHED = 12345;

  @ParameterizedTest
  @ValueSource(ints = {ProductKernels.PANEL_VECTORS, ProductKernels.NARROW_VECTORS})
  void everyNumberOfRowsIsMultiplied(int vectors) {
    for (ProductKernels kernels :
        new ProductKernels[] {Kernels.PRODUCTS, new ScalarProductKernels()}) {
      for (int rows = 1; rows <= 14; rows++) {
        for (int k : new int[] {0, 1, 2, 7, 33}) {
          product(kernels, vectors, rows, k, false);
          product(kernels, vectors, rows, k, true);
        }
      }
    }
  }

  /** Compares products whose left side is stored by rows or by columns, at odd distances. */
  private static void product(
      ProductKernels kernels, int vectors, int rows, int k, boolean byColumns) {
    Random random = new Random(SEED + rows);
    int width = vectors * LANES;
    int stride = (byColumns ? rows : k) + 3;
    int cStride = width + 5;
    try (HostStorage a = random((long) (rows + k + 1) * stride, random);
        HostStorage panel = random((long) k * width + 1, random);
        HostStorage start = random(width, random);
        HostStorage c = random((long) rows * cStride, random)) {
      for (long i = 0; i < (long) rows * cStride; i++) {
        set(c.address(), i, UNTOUCHED);
      }
      long far = (long) stride * Float.BYTES;
      long rowBytes = byColumns ? Float.BYTES : far;
      long stepBytes = byColumns ? far : Float.BYTES;
      long cBytes = (long) cStride * Float.BYTES;
      kernels.panel(
          vectors,
          rows,
          k,
          a.address(),
          rowBytes,
          stepBytes,
          panel.address(),
          start.address(),
          c.address(),
          cBytes);
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < width; column++) {
          double sum = get(start.address(), column);
          for (int i = 0; i < k; i++) {
            long at = (row * rowBytes + i * stepBytes) / Float.BYTES;
            sum += (double) get(a.address(), at) * get(panel.address(), (long) i * width + column);
          }
          assertThat((double) get(c.address(), (long) row * cStride + column))
              .as("%d rows, depth %d: row %d, column %d", rows, k, row, column)
              .isCloseTo(sum, within(1e-5));
        }
        for (int column = width; column < cStride; column++) {
          assertThat(get(c.address(), (long) row * cStride + column)).isEqualTo(UNTOUCHED);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 100})
  void rowsBecomeColumns(int k) {
    Random random = new Random(SEED);
    int stride = k + 3;
    int padded = LANES + 2;
    for (int count = 1; count <= LANES; count++) {
      try (HostStorage source = random((long) LANES * stride, random);
          HostStorage target = random((long) k * padded, random)) {
        for (long i = 0; i < (long) k * padded; i++) {
          set(target.address(), i, UNTOUCHED);
        }
        Kernels.PACKING.transpose(
            count,
            k,
            source.address(),
            (long) stride * Float.BYTES,
            target.address(),
            (long) padded * Float.BYTES);
        for (int i = 0; i < k; i++) {
          for (int column = 0; column < padded; column++) {
            float expected =
                column >= LANES
                    ? UNTOUCHED
                    : column < count ? get(source.address(), (long) column * stride + i) : 0;
            assertThat(get(target.address(), (long) i * padded + column))
                .as("%d rows of %d: row %d, column %d", count, k, i, column)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  private static HostStorage random(long size, Random random) {
    HostStorage storage = new HostStorage(Math.max(1, size) * Float.BYTES);
    for (long i = 0; i < size; i++) {
      set(storage.address(), i, random.nextFloat() - 0.5f);
    }
    return storage;
  }
}
