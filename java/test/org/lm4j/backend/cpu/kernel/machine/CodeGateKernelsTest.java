package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorGateKernels;
import org.lm4j.tensor.HostStorage;

/** Machine code and the Vector API give the same bits, so that either may compute a step. */
class CodeGateKernelsTest {
  private static final int LANES = 16;
  private static final int TABLE_ROWS = 5;

  private static final float[] EXTREMES = {
    0,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    0.625f,
    Math.nextDown(0.625f),
    -0.625f,
    43.66827f,
    -43.66827f,
    87.33654f,
    -87.33654f,
    Math.nextDown(-87.33654f),
    -88,
    89,
    -200,
    1e30f,
    -1e30f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  /** A cell's passes over the numbers of a {@link Memory}. */
  private interface Step {
    void run(GateKernels kernels, GateShape s, GateRange r, Memory m, boolean looksUp);
  }

  /** All that a step reads or writes, each with guards on both sides. */
  private static final class Memory implements AutoCloseable {
    private static final int GUARD = 3; // so that nothing is aligned to a vector

    private final List<HostStorage> all = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private final Random random;
    private final boolean extreme;

    final long z;
    final long zh;
    final long table;
    final long bias;
    final long biasHidden;
    final long cPrev;
    final long c;
    final long tanhC;
    final long hPrev;
    final long h;
    final long dh;
    final long dc;
    final long dy;
    final long direct;
    final long ids;

    Memory(GateShape s, int rows, Random random, boolean extreme) {
      this.random = random;
      this.extreme = extreme;
      z = take(rows * s.zStride());
      zh = take(rows * s.zStride());
      table = take(TABLE_ROWS * s.zStride());
      bias = take(s.zStride());
      biasHidden = take(s.cStride());
      cPrev = take(rows * s.cStride());
      c = take(rows * s.cStride());
      tanhC = take(rows * s.cStride());
      hPrev = take(rows * s.units());
      h = take(rows * s.units());
      dh = take(rows * s.dhStride());
      dc = take(rows * s.cStride());
      dy = take(rows * s.units());
      direct = take(rows * s.dhStride());
      ids = take(rows);
      for (int i = 0; i < rows; i++) {
        long at = ids + (long) i * Integer.BYTES;
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at, random.nextInt(TABLE_ROWS));
      }
    }

    private long take(int size) {
      HostStorage storage = new HostStorage((long) (size + 2 * GUARD) * Float.BYTES);
      all.add(storage);
      sizes.add(size + 2 * GUARD);
      for (int i = 0; i < size + 2 * GUARD; i++) {
        boolean special = extreme && random.nextInt(8) == 0;
        float usual = (float) random.nextGaussian() * Math.scalb(1f, random.nextInt(6) - 2);
        set(storage.address(), i, special ? EXTREMES[random.nextInt(EXTREMES.length)] : usual);
      }
      return storage.address() + GUARD * Float.BYTES;
    }

    /** The bits of everything; those of a NaN are not defined. */
    List<Integer> bits() {
      List<Integer> bits = new ArrayList<>();
      all.forEach(storage -> bits.addAll(bits(storage.address() + GUARD * Float.BYTES)));
      return bits;
    }

    /** The bits of one of the pieces. */
    List<Integer> bits(long address) {
      List<Integer> bits = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        long first = all.get(i).address();
        for (int j = 0; j < sizes.get(i) && first == address - GUARD * Float.BYTES; j++) {
          bits.add(Float.floatToIntBits(get(first, j)));
        }
      }
      return bits;
    }

    @Override
    public void close() {
      all.forEach(HostStorage::close);
    }
  }

  @Test
  void stepsOfAnLstmHaveTheBitsOfTheVectorApi() {
    compare(
        4,
        (kernels, s, r, m, looksUp) -> {
          GateKernels.LstmStep step = lstm(m, looksUp);
          kernels.lstmForward(s, r, step, m.h);
          kernels.lstmBackward(s, r, step, m.dh, m.dc, m.dy);
        });
  }

  @Test
  void statesAloneAreThoseOfAStepThatKeepsItsGates() {
    for (int units : new int[] {1, 40, 64, 100, 150}) {
      statesAlone(units);
    }
  }

  private static void statesAlone(int units) {
    GateKernels code = code();
    GateShape s = GateShape.of(units, 4, LANES);
    GateRange r = new GateRange(1, 4, 0, s.vectors());
    try (Memory whole = new Memory(s, 5, new Random(3), true);
        Memory states = new Memory(s, 5, new Random(3), true)) {
      code.lstmForward(s, r, lstm(whole, true), whole.h);
      GateKernels.LstmStep step = lstm(states, true);
      step.keeps = false;
      code.lstmForward(s, r, step, states.h);
      assertThat(states.bits(states.h)).isEqualTo(whole.bits(whole.h));
      assertThat(states.bits(states.c)).isEqualTo(whole.bits(whole.c));
      assertThat(states.bits(states.z)).isNotEqualTo(whole.bits(whole.z));
    }
  }

  @Test
  void stepsOfAGruHaveTheBitsOfTheVectorApi() {
    compare(
        3,
        (kernels, s, r, m, looksUp) -> {
          GateKernels.GruStep step = new GateKernels.GruStep();
          lookUp(step, m, looksUp);
          step.zx = m.z;
          step.zh = m.zh;
          step.bias = m.bias;
          step.biasH = m.biasHidden;
          step.hPrev = m.hPrev;
          step.direct = m.direct;
          kernels.gruForward(s, r, step, m.h);
          kernels.gruBackward(s, r, step, m.dh, m.dy);
        });
  }

  @Test
  void stepsOfANetworkWithTanhHaveTheBitsOfTheVectorApi() {
    compare(1, (kernels, s, r, m, looksUp) -> elman(kernels, s, r, m, looksUp, false));
  }

  @Test
  void stepsOfANetworkWithReluHaveTheBitsOfTheVectorApi() {
    compare(1, (kernels, s, r, m, looksUp) -> elman(kernels, s, r, m, looksUp, true));
  }

  private static void elman(
      GateKernels kernels, GateShape s, GateRange r, Memory m, boolean looksUp, boolean relu) {
    GateKernels.ElmanStep step = new GateKernels.ElmanStep();
    lookUp(step, m, looksUp);
    step.z = m.z;
    step.zh = m.zh;
    step.bias = m.bias;
    kernels.rnnForward(s, r, relu, step, m.h);
    kernels.rnnBackward(s, r, relu, m.z, m.dh, m.dy);
  }

  private static GateKernels.LstmStep lstm(Memory m, boolean looksUp) {
    GateKernels.LstmStep step = new GateKernels.LstmStep();
    lookUp(step, m, looksUp);
    step.z = m.z;
    step.zh = m.zh;
    step.bias = m.bias;
    step.cPrev = m.cPrev;
    step.c = m.c;
    step.tanhC = m.tanhC;
    return step;
  }

  private static void lookUp(GateKernels.Input input, Memory m, boolean looksUp) {
    input.table = looksUp ? m.table : 0;
    input.ids = looksUp ? m.ids : 0;
  }

  private static void compare(int gates, Step step) {
    GateKernels code = code();
    GateKernels vector = new VectorGateKernels();
    for (int units : new int[] {1, 15, 16, 17, 40, 64, 100, 150}) {
      GateShape s = GateShape.of(units, gates, LANES);
      int vectors = s.vectors();
      for (int rows : new int[] {1, 2, 5}) {
        List<GateRange> ranges = new ArrayList<>();
        ranges.add(new GateRange(0, rows, 0, vectors));
        ranges.add(new GateRange(rows - 1, rows, 0, vectors));
        ranges.add(new GateRange(0, rows, vectors / 2, vectors));
        ranges.add(new GateRange(0, rows, 0, vectors / 2)); // may be empty
        ranges.add(new GateRange(rows, rows, 0, vectors)); // empty
        for (GateRange r : ranges) {
          for (int kind = 0; kind < 4; kind++) {
            int seed = units + rows + kind;
            assertThat(after(code, step, s, rows, r, seed, kind))
                .as("%d units, %s, kind %d", units, r, kind)
                .isEqualTo(after(vector, step, s, rows, r, seed, kind));
          }
        }
      }
    }
  }

  private static List<Integer> after(
      GateKernels kernels, Step step, GateShape s, int rows, GateRange r, int seed, int kind) {
    try (Memory m = new Memory(s, rows, new Random(seed), kind / 2 == 1)) {
      step.run(kernels, s, r, m, kind % 2 == 1);
      return m.bits();
    }
  }

  private static GateKernels code() {
    GateKernels code = Kernels.VECTORISED ? CodeGateKernels.here() : null;
    Need.VECTORS.check(code != null, "no machine code for vectors of 16 floats");
    return requireNonNull(code);
  }
}
