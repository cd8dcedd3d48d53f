package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.foreign.NativeException;
import org.lm4j.tensor.HostStorage;

class MatrixEngineTest {
  private final List<String> log = new ArrayList<>();
  private int opened;

  @Test
  void theLibraryIsOpenedWhenTheFirstLargeProductComes() {
    MatrixEngine engine = MatrixEngine.auto(this::open, false, log::add);
    int lanes = Kernels.GATES.lanes();
    int least = MatrixEngine.leastFor(lanes, Kernels.productsByMachineCode(), false);
    boolean never = least == Integer.MAX_VALUE;
    assertThat(engine.all()).isNull();
    assertThat(engine.mayCall()).isEqualTo(!never);
    if (never) {
      assertThat(engine.of(10_000, 10_000, 10_000)).isNull();
      assertThat(engine.description())
          .isEqualTo("Java kernels, which are at least as fast as OpenBLAS here");
      assertThat(opened).isZero();
      return;
    }
    assertThat(engine.of(least, 1000, 1000)).isNull();
    assertThat(engine.of(1000, least, 1000)).isNull();
    assertThat(engine.of(1000, 1000, least)).isNull();
    assertThat(engine.of(MatrixEngine.LEAST, Integer.MAX_VALUE, Integer.MAX_VALUE)).isNull();
    assertThat(opened).isZero();
    Cblas taken = engine.of(least + 1, least + 1, least + 1);
    assertThat(opened).isEqualTo(1);
    boolean fast = lanes < 16 || MatrixEngine.hasWideKernels(BlasLibrary.open());
    assertThat(taken != null).isEqualTo(fast);
    assertThat(engine.of(least + 1, least + 1, least + 1)).isSameAs(taken);
    assertThat(engine.description().contains(" for products of more than " + least))
        .isEqualTo(fast);
    assertThat(engine.description()).startsWith("Java kernels").contains("OpenBLAS 0.");
    assertThat(opened).isEqualTo(1);
    assertThat(log).isEmpty();
  }

  @Test
  void theLimitFollowsFromLanesAndMachineCode() {
    assertThat(MatrixEngine.leastFor(4, false, false)).isEqualTo(64);
    assertThat(MatrixEngine.leastFor(8, false, false)).isEqualTo(64);
    assertThat(MatrixEngine.leastFor(16, false, false)).isEqualTo(128);
    assertThat(MatrixEngine.leastFor(8, true, false)).isEqualTo(256);
    assertThat(MatrixEngine.leastFor(16, true, false)).isEqualTo(Integer.MAX_VALUE);
    assertThat(MatrixEngine.leastFor(16, true, true)).isEqualTo(64);
  }

  /** The output layer of 10,000 words over 100 units; one of 1000 words stays with Java. */
  @Test
  void aLargeProductMayHaveOneSmallExtentWhateverTheLanes() {
    Cblas library = BlasLibrary.open();
    MatrixEngine wide = MatrixEngine.mixed(library, MatrixEngine.LEAST_OF_WIDE);
    assertThat(wide.of(700, 10_000, 100)).isSameAs(library);
    assertThat(wide.of(700, 100, 10_000)).isSameAs(library);
    assertThat(wide.of(10_000, 100, 700)).isSameAs(library);
    assertThat(wide.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 65)).isSameAs(library);
    assertThat(wide.of(700, 1000, 100)).isNull();
    assertThat(wide.of(700, 10_000, 64)).isNull();
    assertThat(wide.of(64, Integer.MAX_VALUE, Integer.MAX_VALUE)).isNull();
    assertThat(wide.of(1 << 14, 1 << 14, 1)).isNull();
    assertThat(MatrixEngine.mixed(library, 0).of(1, 1, 1)).isSameAs(library);
  }

  @Test
  void javaKernelsTakeThePlaceOfALibraryThatIsMissingAndOneLineSaysSo() {
    MatrixEngine engine =
        MatrixEngine.auto(
            () -> {
              throw new NativeException("there is none");
            },
            true, // named, so that it is needed on every machine
            log::add);
    for (int i = 0; i < 3; i++) {
      assertThat(engine.of(1000, 1000, 1000)).isNull();
      assertThat(engine.description()).isEqualTo("Java kernels");
    }
    assertThat(log).containsExactly(MatrixEngine.WITHOUT + "there is none");
  }

  @Test
  void aRowOrAColumnIsOverwrittenWhateverItHolds() {
    Cblas blas = BlasLibrary.open();
    Random random = new Random(4);
    for (int[] extents : new int[][] {{1, 9, 5}, {9, 1, 5}, {1, 1, 5}, {7, 9, 5}, {1, 9, 1}}) {
      int m = extents[0];
      int n = extents[1];
      int k = extents[2];
      for (int op = 0; op < 4; op++) {
        product(blas, random, (op & 1) != 0, (op & 2) != 0, m, n, k);
      }
    }
  }

  /** Operands with rows longer than need be, against sums in double precision. */
  private static void product(
      Cblas blas, Random random, boolean transA, boolean transB, int m, int n, int k) {
    int lda = (transA ? m : k) + 3;
    int ldb = (transB ? k : n) + 2;
    int ldc = n + 4;
    try (HostStorage a = random(random, (transA ? k : m) * lda);
        HostStorage b = random(random, (transB ? n : k) * ldb);
        HostStorage c = random(random, m * ldc)) {
      for (float beta : new float[] {0, 0.5f}) {
        double[] expected = new double[m * ldc];
        for (int i = 0; i < m * ldc; i++) {
          int column = i % ldc;
          double before = PlainMemory.get(c.address(), i);
          double sum = 0;
          for (int at = 0; at < k; at++) {
            int left = transA ? at * lda + i / ldc : i / ldc * lda + at;
            int right = transB ? column * ldb + at : at * ldb + column;
            sum +=
                column >= n
                    ? 0
                    : (double) PlainMemory.get(a.address(), left)
                        * PlainMemory.get(b.address(), right);
          }
          expected[i] = column >= n ? before : 2 * sum + (beta == 0 ? 0 : beta * before);
          if (beta == 0 && column < n) {
            PlainMemory.set(c.address(), i, Double.NaN);
          }
        }
        blas.multiply(
            transA, transB, m, n, k, 2, a.address(), lda, b.address(), ldb, beta, c.address(), ldc);
        for (int i = 0; i < m * ldc; i++) {
          assertThat((double) PlainMemory.get(c.address(), i))
              .as("%s %s %d %d %d beta %s at %d", transA, transB, m, n, k, beta, i)
              .isBetween(expected[i] - 1e-5, expected[i] + 1e-5);
        }
      }
    }
  }

  private static HostStorage random(Random random, int count) {
    HostStorage storage = new HostStorage((long) count * Float.BYTES);
    for (int i = 0; i < count; i++) {
      PlainMemory.set(storage.address(), i, random.nextGaussian());
    }
    return storage;
  }

  private Cblas open() {
    opened++;
    return BlasLibrary.open();
  }
}
