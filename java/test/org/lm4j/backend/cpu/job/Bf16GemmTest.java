package org.lm4j.backend.cpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.tensor.HostStorage;

/** Products in bfloat16 against a plain loop that says what they are, bit for bit. */
class Bf16GemmTest {
  private static final long SEED = 20261130;
  private static final float UNTOUCHED = 12345;
  private static final int MORE = 3; // between rows

  /** What multiplies. */
  enum Engine {
    MACHINE_CODE,
    EMULATED;

    Bf16Panels panels() {
      if (this == EMULATED) {
        return Bf16Panels.emulated();
      }
      Bf16Panels fastest = Bf16Panels.fastest();
      Need.VECTORS.check(
          fastest.missing().isEmpty(), "bf16 is emulated, since " + fastest.missing());
      return fastest;
    }
  }

  /**
   * Extents: odd ones, fewer than a pair, whole panels, several blocks of depth, more panels than
   * are kept.
   */
  private static final int[][] SHAPES = {
    {5, 1, 1},
    {4, 3, 2},
    {7, 16, 3},
    {13, 64, 31},
    {6, 65, 33},
    {33, 48, 64},
    {61, 130, 100},
    {18, 20, 1025},
    {9, 35, 2500},
    {600, 30, 17},
    {35, 140, 700}
  };

  /** A product {@code c = alpha · op(a) · op(b) + beta · c + bias}. */
  private record Product(
      boolean transA, boolean transB, float alpha, float beta, boolean biased, boolean sums) {}

  @ParameterizedTest
  @EnumSource
  void everyProductIsThatOfThePlainLoop(Engine engine) {
    Bf16Panels panels = engine.panels();
    for (int threads = 1; threads <= 2; threads++) {
      WorkerTeam team = new WorkerTeam(threads);
      try (PackedGemm gemm = new PackedGemm(team, panels)) {
        for (int[] shape : SHAPES) {
          for (boolean transA : new boolean[] {false, true}) {
            for (boolean transB : new boolean[] {false, true}) {
              check(gemm, panels, shape, new Product(transA, transB, 1, 0, false, false));
              check(gemm, panels, shape, new Product(transA, transB, 1, 1, false, false));
              check(gemm, panels, shape, new Product(transA, transB, 0.5f, -2, false, false));
            }
          }
          check(gemm, panels, shape, new Product(false, true, 1, 0, true, false));
          check(gemm, panels, shape, new Product(true, false, 1, 1, false, true));
        }
      } finally {
        team.close();
      }
    }
  }

  /** More groups of columns than are packed at a time, and more panels than the L2 cache holds. */
  @ParameterizedTest
  @EnumSource
  void manyGroupsMeetPanelsThatAreKept(Engine engine) {
    Bf16Panels panels = engine.panels();
    WorkerTeam team = new WorkerTeam(1);
    try (PackedGemm gemm = new PackedGemm(team, panels)) {
      check(gemm, panels, new int[] {260, 140, 700}, new Product(true, false, 1, 1, false, true));
    } finally {
      team.close();
    }
  }

  private static void check(PackedGemm gemm, Bf16Panels panels, int[] shape, Product of) {
    int m = shape[0];
    int n = shape[1];
    int k = shape[2];
    Random random = new Random(SEED + k);
    int lda = (of.transA() ? m : k) + MORE;
    int ldb = (of.transB() ? k : n) + MORE;
    int ldc = n + MORE;
    try (HostStorage a = random((long) (of.transA() ? k : m) * lda, random);
        HostStorage b = random((long) (of.transB() ? n : k) * ldb, random);
        HostStorage c = random((long) m * ldc, random);
        HostStorage bias = random(n, random);
        HostStorage sums = random(m, random)) {
      for (int row = 0; row < m; row++) {
        for (int i = 0; i < MORE; i++) {
          set(c.address(), (long) row * ldc + n + i, UNTOUCHED);
        }
      }
      float[] expected = new float[m * n];
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          expected[row * n + column] =
              plain(panels, of, a.address(), lda, row, b.address(), ldb, column, k, bias, c, n);
        }
      }
      double[] expectedSums =
          of.sums() ? columnSums(a.address(), lda, m, k, sums.address()) : new double[0];
      if (of.biased()) {
        gemm.affine(a.address(), lda, b.address(), ldb, bias.address());
      } else if (of.sums()) {
        gemm.withColumnSums(a.address(), lda, b.address(), ldb, sums.address());
      } else {
        gemm.operands(of.transA(), a.address(), lda, of.transB(), b.address(), ldb);
      }
      gemm.run(m, n, k, of.alpha(), of.beta(), c.address(), ldc);
      float[] actual = new float[m * n];
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          actual[row * n + column] = get(c.address(), (long) row * ldc + column);
        }
        assertThat(get(c.address(), (long) row * ldc + n)).isEqualTo(UNTOUCHED);
        if (of.sums()) {
          assertThat((double) get(sums.address(), row)).isCloseTo(expectedSums[row], within(1e-3));
        }
      }
      assertThat(actual).as("%s of %d, %d, %d", of, m, n, k).isEqualTo(expected);
    }
  }

  /** One element, by what {@link Bf16Panels} says that it is. */
  private static float plain( // all there is to a product
      Bf16Panels panels,
      Product of,
      long a,
      int lda,
      int row,
      long b,
      int ldb,
      int column,
      int k,
      HostStorage bias,
      HostStorage c,
      int n) {
    int blocks = (k + panels.mostDepth() - 1) / panels.mostDepth();
    float result = get(c.address(), (long) row * (n + MORE) + column);
    for (int block = 0; block < blocks; block++) {
      int first = (int) ((long) k * block / blocks);
      int depth = (int) ((long) k * (block + 1) / blocks) - first;
      int steps = (depth + 1) / 2;
      float sum = of.biased() && block == 0 ? get(bias.address(), column) : 0;
      for (int step = 0; step < steps; step++) {
        for (int half = 1; half >= 0; half--) { // the upper half first
          int i = step + half * steps;
          if (i < depth) {
            float left = get(a, element(of.transA(), row, first + i, lda));
            float right = get(b, element(!of.transB(), column, first + i, ldb));
            sum = Math.fma(Bf16.round(left), Bf16.round(right), sum);
          }
        }
      }
      float keep = block == 0 ? of.beta() : 1;
      result = keep == 0 ? of.alpha() * sum : Math.fma(of.alpha(), sum, keep * result);
    }
    return result;
  }

  private static long element(boolean transposed, int index, int depth, int stride) {
    return transposed ? (long) depth * stride + index : (long) index * stride + depth;
  }

  private static double[] columnSums(long a, int lda, int m, int k, long sums) {
    double[] all = new double[m];
    for (int i = 0; i < m; i++) {
      all[i] = get(sums, i);
      for (int row = 0; row < k; row++) {
        all[i] += get(a, (long) row * lda + i);
      }
    }
    return all;
  }

  /** Gate by gate, the left side in the order of {@link GateShape}. */
  @ParameterizedTest
  @EnumSource
  void gatesReturnToTheirRows(Engine engine) {
    Bf16Panels panels = engine.panels();
    WorkerTeam team = new WorkerTeam(2);
    int gates = 3;
    int units = Kernels.GATES.lanes() + 5;
    int rows = 37;
    int n = 21;
    GateShape shape = GateShape.of(units, gates, Kernels.GATES.lanes());
    Random random = new Random(SEED);
    Product of = new Product(true, false, 1, 1, false, false);
    try (PackedGemm gemm = new PackedGemm(team, panels);
        HostStorage dz = random((long) rows * shape.zStride(), random);
        HostStorage x = random((long) rows * n, random);
        HostStorage c = new HostStorage((long) gates * units * n * Float.BYTES);
        HostStorage zero = new HostStorage(4L * shape.zStride() * (n + MORE))) {
      gemm.gateRows(dz.address(), shape.zStride(), gates, x.address(), n)
          .run(gates * units, n, rows, 1, 1, c.address(), n);
      for (int gate = 0; gate < gates; gate++) {
        for (int unit = 0; unit < units; unit++) {
          for (int column = 0; column < n; column++) {
            int place = shape.place(gate, unit);
            float expected =
                plain(
                    panels,
                    of,
                    dz.address(),
                    shape.zStride(),
                    place,
                    x.address(),
                    n,
                    column,
                    rows,
                    zero,
                    zero,
                    0);
            assertThat(get(c.address(), ((long) gate * units + unit) * n + column))
                .isEqualTo(expected);
          }
        }
      }
    } finally {
      team.close();
    }
  }

  private static HostStorage random(long size, Random random) {
    HostStorage storage = new HostStorage(size * Float.BYTES);
    for (long i = 0; i < size; i++) {
      set(storage.address(), i, random.nextGaussian());
    }
    return storage;
  }
}
