package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * Tapes that only evaluate take separate paths: converted states shared by the products that take
 * them, weights that stay packed, output written in place. The bits must be a training tape's.
 */
class EvaluationTapeTest {
  private static final int WINDOWS = 4;
  private static final int CHANGE = 2; // the window before which the weights change

  /** Cell, D, H, L, T, B, threads. */
  static Stream<Arguments> windows() {
    List<Arguments> cases = new ArrayList<>();
    for (Cell cell : List.of(Cell.LSTM, Cell.GRU, Cell.RNN_TANH)) {
      cases.add(Arguments.of(cell, 9, 33, 2, 7, 5, 2)); // an odd width
      cases.add(Arguments.of(cell, 20, 64, 3, 6, 6, 3));
      cases.add(Arguments.of(cell, 40, 256, 3, 7, 3, 2)); // shared by units, both halves
      cases.add(Arguments.of(cell, 11, 384, 2, 6, 3, 3)); // halves of three groups
      cases.add(Arguments.of(cell, 12, 320, 2, 6, 3, 2)); // halves that are no whole groups
      cases.add(Arguments.of(cell, 12, 48, 2, 20, 1, 2)); // fewer sequences than threads
      cases.add(Arguments.of(cell, 10, 400, 2, 3, 50, 2)); // wide, yet without waiting
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("windows")
  void hasTheBitsOfATrainingTape(
      Cell cell, int d, int h, int layers, int steps, int batch, int threads) {
    RnnSpec spec = new RnnSpec(cell, d, h, layers, 0);
    for (int kind = 0; kind < 3; kind++) {
      try (Backend backend = backend(kind, threads)) {
        List<double[]> expected = outputs(backend, spec, steps, batch, true);
        List<double[]> actual = outputs(backend, spec, steps, batch, false);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(actual.get(i))
              .as("%s, %s, result %d", backend.description(), spec, i)
              .isEqualTo(expected.get(i));
        }
      }
    }
  }

  private static Backend backend(int kind, int threads) {
    return switch (kind) {
      case 0 -> CpuBackend.open(threads);
      case 1 -> Bf16Backends.fastest(threads);
      default -> Bf16Backends.emulated(threads);
    };
  }

  /** Outputs and states of some windows in a row, between which the weights change once. */
  private static List<double[]> outputs(
      Backend backend, RnnSpec spec, int steps, int batch, boolean training) {
    Random random = new Random(3);
    RnnLayout layout = backend.layout(spec);
    Tensor flat = random(backend, random, 0.2, (int) layout.size());
    RnnWeights weights = weights(layout, flat);
    RnnState state = state(backend, spec, random, batch);
    Tensor y = backend.allocate(steps, batch, spec.hiddenSize());
    List<double[]> results = new ArrayList<>();
    try (RnnTape tape = backend.tape(spec, steps, batch, training)) {
      tape.weightsStay((long) WINDOWS * steps * batch);
      for (int window = 0; window < WINDOWS; window++) {
        if (window == CHANGE) {
          for (long i = 0; i < flat.size(); i += 5) {
            flat.set(i, -flat.get(i));
          }
          tape.weightsStay((long) WINDOWS * steps * batch);
        }
        Tensor x = random(backend, random, 1, steps, batch, spec.inputSize());
        backend.rnnForward(tape, weights, new RnnInOut(x, state, y, state), null, 0);
        results.add(y.toArray());
        results.add(state.h().toArray());
        if (state.c() != null) {
          results.add(state.cell().toArray());
        }
      }
    }
    return results;
  }

  private static RnnWeights weights(RnnLayout layout, Tensor flat) {
    List<Tensor> parts = new ArrayList<>();
    for (RnnLayout.Part part : layout.parts()) {
      parts.add(flat.view(part.offset(), part.shape().dims()));
    }
    List<RnnWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += 4) {
      layers.add(
          new RnnWeights.Layer(parts.get(i), parts.get(i + 1), parts.get(i + 2), parts.get(i + 3)));
    }
    return new RnnWeights(layers);
  }

  private static RnnState state(Backend backend, RnnSpec spec, Random random, int batch) {
    int[] dims = {spec.layers(), batch, spec.hiddenSize()};
    return new RnnState(
        random(backend, random, 1, dims),
        spec.cell().hasCellState() ? random(backend, random, 1, dims) : null);
  }

  private static Tensor random(Backend backend, Random random, double bound, int... dims) {
    Tensor x = backend.allocate(dims);
    for (long i = 0; i < x.size(); i++) {
      x.set(i, (float) (bound * (2 * random.nextDouble() - 1)));
    }
    return x;
  }
}
