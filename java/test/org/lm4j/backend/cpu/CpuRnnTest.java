package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/** Windows of all cells against the reference, at shapes that take every path. */
class CpuRnnTest {
  private static final long SEED = 20;

  /** Cell, D, H, L, T, B, threads, training. */
  static Stream<Arguments> windows() {
    List<Arguments> cases = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      cases.add(Arguments.of(cell, 1, 1, 1, 1, 1, 1, true));
      cases.add(Arguments.of(cell, 5, 17, 2, 4, 3, 2, true)); // neither width a whole vector
      cases.add(Arguments.of(cell, 16, 16, 3, 5, 8, 2, true));
      cases.add(Arguments.of(cell, 31, 64, 2, 7, 13, 3, true)); // tiles of unequal rows
      cases.add(Arguments.of(cell, 20, 600, 1, 3, 7, 2, true)); // shared by units
      cases.add(Arguments.of(cell, 33, 19, 2, 3, 2, 2, false)); // straight from the weights
      cases.add(Arguments.of(cell, 33, 300, 2, 1, 1, 2, false)); // the same, shared by units
      cases.add(Arguments.of(cell, 33, 40, 2, 9, 6, 2, false));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("windows")
  void agreesWithTheReference(
      Cell cell, int d, int h, int layers, int steps, int batch, int threads, boolean training) {
    RnnSpec spec = new RnnSpec(cell, d, h, layers, training && layers > 1 ? 0.3 : 0);
    try (Backend reference = new ReferenceBackend();
        Backend cpu = CpuBackend.open(threads)) {
      List<double[]> expected = window(reference, spec, steps, batch, training);
      List<double[]> actual = window(cpu, spec, steps, batch, training);
      for (int i = 0; i < expected.size(); i++) {
        assertClose(spec + " seed " + SEED + " result " + i, expected.get(i), actual.get(i));
      }
    }
  }

  @Test
  void theSameThreadsGiveTheSameBits() {
    RnnSpec spec = new RnnSpec(Cell.LSTM, 24, 72, 2, 0.2);
    try (Backend cpu = CpuBackend.open(2)) {
      List<double[]> first = window(cpu, spec, 9, 10, true);
      List<double[]> second = window(cpu, spec, 9, 10, true);
      for (int i = 0; i < first.size(); i++) {
        assertThat(second.get(i)).isEqualTo(first.get(i));
      }
    }
  }

  /** Two threads have sequences enough to walk alone; three meet at every step. */
  @ParameterizedTest
  @EnumSource(names = {"LSTM", "GRU", "RNN_TANH"})
  void wideLayersHaveTheSameBitsBySequencesAndByUnits(Cell cell) {
    RnnSpec spec = new RnnSpec(cell, 12, 528, 2, 0.2);
    for (boolean bf16 : new boolean[] {false, true}) {
      try (Backend two = bf16 ? Bf16Backends.fastest(2) : CpuBackend.open(2);
          Backend three = bf16 ? Bf16Backends.fastest(3) : CpuBackend.open(3)) {
        List<double[]> bySequences = window(two, spec, 3, 49, true);
        List<double[]> byUnits = window(three, spec, 3, 49, true);
        for (int i = 0; i < byUnits.size(); i++) {
          assertThat(bySequences.get(i))
              .as("%s, %s, result %d", two.description(), spec, i)
              .isEqualTo(byUnits.get(i));
        }
      }
    }
  }

  /** The largest value sets the scale: single elements may cancel to nothing. */
  private static void assertClose(String what, double[] expected, double[] actual) {
    double largest = 1e-3;
    for (double v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
      assertThat(actual[i]).as("%s element %d", what, i).isFinite();
    }
    assertThat(worst / largest).as(what).isLessThan(2e-5);
  }

  static List<double[]> window(
      Backend backend, RnnSpec spec, int steps, int batch, boolean training) {
    Random random = new Random(SEED);
    RnnLayout layout = backend.layout(spec);
    Tensor flat = backend.allocate((int) layout.size());
    Tensor gradient = backend.allocate((int) layout.size());
    double bound = 1 / Math.sqrt(spec.hiddenSize());
    for (RnnLayout.Part part : layout.parts()) {
      for (long i = 0; i < part.shape().size(); i++) {
        flat.set(part.offset() + i, (float) (bound * (2 * random.nextDouble() - 1)));
      }
    }
    int h = spec.hiddenSize();
    Tensor x = random(backend, random, steps, batch, spec.inputSize());
    Tensor y = backend.allocate(steps, batch, h);
    RnnState initial = state(backend, spec, random, batch);
    RnnState last = state(backend, spec, random, batch);
    List<double[]> results = new ArrayList<>();
    try (RnnTape tape = backend.tape(spec, steps, batch, training)) {
      RnnWeights weights = weights(spec, layout, flat);
      backend.rnnForward(tape, weights, new RnnInOut(x, initial, y, last), new RandomKey(7, 3), 11);
      results.add(y.toArray());
      add(results, last);
      if (training) {
        Tensor dy = random(backend, random, steps, batch, h);
        Tensor dx = backend.allocate(steps, batch, spec.inputSize());
        RnnState dLast = state(backend, spec, random, batch);
        RnnState dInitial = state(backend, spec, random, batch);
        RnnWeights dWeights = weights(spec, layout, gradient);
        backend.rnnBackward(tape, weights, new RnnGradients(dy, dLast, dx, dInitial, dWeights));
        results.add(dx.toArray());
        add(results, dInitial);
        for (RnnWeights.Layer layer : dWeights.layers()) {
          results.add(layer.weightIh().toArray());
          results.add(layer.weightHh().toArray());
          results.add(layer.biasIh().toArray());
          results.add(layer.biasHh().toArray());
        }
      }
    }
    return results;
  }

  private static void add(List<double[]> results, RnnState state) {
    results.add(state.h().toArray());
    if (state.c() != null) {
      results.add(state.cell().toArray());
    }
  }

  private static RnnWeights weights(RnnSpec spec, RnnLayout layout, Tensor flat) {
    List<RnnWeights.Layer> layers = new ArrayList<>();
    int parts = layout.parts().size() / spec.layers();
    boolean recurrent = spec.cell().hasRecurrentWeights();
    for (int i = 0; i < layout.parts().size(); i += parts) {
      layers.add(
          new RnnWeights.Layer(
              part(layout, flat, i),
              recurrent ? part(layout, flat, i + 1) : flat.view(0, 0),
              part(layout, flat, recurrent ? i + 2 : i + 1),
              recurrent ? part(layout, flat, i + 3) : flat.view(0, 0)));
    }
    return new RnnWeights(layers);
  }

  private static Tensor part(RnnLayout layout, Tensor flat, int i) {
    RnnLayout.Part part = layout.parts().get(i);
    return flat.view(part.offset(), part.shape().dims());
  }

  private static RnnState state(Backend backend, RnnSpec spec, Random random, int batch) {
    int layers = spec.layers();
    int h = spec.hiddenSize();
    return new RnnState(
        random(backend, random, layers, batch, h),
        spec.cell().hasCellState() ? random(backend, random, layers, batch, h) : null);
  }

  private static Tensor random(Backend backend, Random random, int... dims) {
    Tensor x = backend.allocate(dims);
    for (long i = 0; i < x.size(); i++) {
      x.set(i, (float) (2 * random.nextDouble() - 1));
    }
    return x;
  }
}
