package org.lm4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/** The recurrent stack against a second, naive one, and against itself cut into pieces. */
class ReferenceRnnTest {
  private static final long SEED = 4711;
  private static final int T = 6;
  private static final int B = 3;
  private static final int D = 4;
  private static final int H = 5;
  private static final int L = 2;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final ReferenceBackend backend = new ReferenceBackend();
  private final List<Storage> storages = new ArrayList<>();

  @AfterEach
  void free() {
    storages.forEach(Storage::close);
  }

  private Tensor zeros(int... dims) {
    Tensor tensor = backend.allocate(dims);
    storages.add(tensor.storage());
    return tensor;
  }

  private Tensor random(int... dims) {
    Tensor tensor = zeros(dims);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  private RnnWeights weights(RnnSpec spec, boolean drawn) {
    List<RnnWeights.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      int rows = spec.gateRows();
      int width = spec.inputSize(layer);
      int recurrent = spec.recurrentRows();
      layers.add(
          drawn
              ? new RnnWeights.Layer(
                  random(rows, width), random(recurrent, H), random(rows), random(recurrent))
              : new RnnWeights.Layer(
                  zeros(rows, width), zeros(recurrent, H), zeros(rows), zeros(recurrent)));
    }
    return new RnnWeights(layers);
  }

  private RnnState state(Cell cell, int batch, boolean drawn) {
    Tensor h = drawn ? random(L, batch, H) : zeros(L, batch, H);
    Tensor c = drawn ? random(L, batch, H) : zeros(L, batch, H);
    return new RnnState(h, cell.hasCellState() ? c : null);
  }

  // --- A second implementation: one gate and one number at a time, on nested arrays --------------

  private static double sigma(double x) {
    return 0.5 * (1 + Math.tanh(x / 2));
  }

  /** Row {@code gate · H + j} of {@code W x + b}. */
  private static double part(Tensor weight, Tensor bias, double[] x, int gate, int j) {
    int row = gate * H + j;
    double sum = bias.get(row);
    for (int k = 0; k < x.length; k++) {
      sum += weight.get((long) row * x.length + k) * x[k];
    }
    return sum;
  }

  private static double naiveUnit(
      Cell cell, RnnWeights.Layer w, double[] x, double[] h, double[] c, int j) {
    double[] in = new double[4];
    double[] re = new double[4];
    for (int gate = 0; gate < cell.gates(); gate++) {
      in[gate] = part(w.weightIh(), w.biasIh(), x, gate, j);
      if (cell.hasRecurrentWeights()) {
        re[gate] = part(w.weightHh(), w.biasHh(), h, gate, j);
      }
    }
    return switch (cell) {
      case RNN_TANH -> Math.tanh(in[0] + re[0]);
      case RNN_RELU -> Math.max(0, in[0] + re[0]);
      case LSTM -> {
        double inputGate = sigma(in[0] + re[0]);
        double forgetGate = sigma(in[1] + re[1]);
        double candidate = Math.tanh(in[2] + re[2]);
        double outputGate = sigma(in[3] + re[3]);
        c[j] = forgetGate * c[j] + inputGate * candidate;
        yield outputGate * Math.tanh(c[j]);
      }
      case GRU -> {
        double reset = sigma(in[0] + re[0]);
        double update = sigma(in[1] + re[1]);
        yield (1 - update) * Math.tanh(in[2] + reset * re[2]) + update * h[j];
      }
      case MIN_GRU -> {
        double update = sigma(in[0]);
        yield (1 - update) * h[j] + update * in[1];
      }
    };
  }

  private static double[] part(Tensor tensor, int index, int width) {
    return Arrays.copyOfRange(tensor.toArray(), index * width, (index + 1) * width);
  }

  @ParameterizedTest
  @EnumSource
  void forwardEqualsANaiveGateByGateImplementation(Cell cell) {
    RnnSpec spec = new RnnSpec(cell, D, H, L, 0);
    RnnWeights weights = weights(spec, true);
    Tensor x = random(T, B, D);
    RnnState initial = state(cell, B, true);
    RnnState last = state(cell, B, false);
    Tensor y = zeros(T, B, H);
    try (RnnTape tape = backend.tape(spec, T, B, false)) {
      backend.rnnForward(tape, weights, new RnnInOut(x, initial, y, last), null, 0);
    }
    for (int b = 0; b < B; b++) {
      double[][] sequence = new double[T][];
      for (int t = 0; t < T; t++) {
        sequence[t] = part(x, t * B + b, D);
      }
      for (int layer = 0; layer < L; layer++) {
        double[] h = part(initial.h(), layer * B + b, H);
        double[] c = cell.hasCellState() ? part(initial.cell(), layer * B + b, H) : new double[H];
        for (int t = 0; t < T; t++) {
          double[] next = new double[H];
          for (int j = 0; j < H; j++) {
            next[j] = naiveUnit(cell, weights.layers().get(layer), sequence[t], h, c, j);
          }
          sequence[t] = h = next;
        }
        assertThat(part(last.h(), layer * B + b, H))
            .as("seed %d, h of layer %d, sequence %d", SEED, layer, b)
            .containsExactly(h, within(1e-13));
        if (cell.hasCellState()) {
          assertThat(part(last.cell(), layer * B + b, H)).containsExactly(c, within(1e-13));
        }
      }
      for (int t = 0; t < T; t++) {
        assertThat(part(y, t * B + b, H))
            .as("seed %d, y at step %d, sequence %d", SEED, t, b)
            .containsExactly(sequence[t], within(1e-13));
      }
    }
  }

  // --- Cut into pieces ---------------------------------------------------------------------------

  /** Everything that comes out of a pass over all of {@code x}, taken in windows of some length. */
  private List<double[]> pass(RnnSpec spec, RnnWeights weights, Tensor[] given, int length) {
    Tensor x = given[0];
    Tensor dy = given[1];
    int batch = x.shape().dim(1);
    int windows = T / length;
    boolean cells = spec.cell().hasCellState();
    Tensor y = zeros(T, batch, H);
    Tensor dx = zeros(T, batch, D);
    RnnWeights gradients = weights(spec, false);
    List<RnnState> states = new ArrayList<>();
    List<RnnTape> tapes = new ArrayList<>();
    states.add(new RnnState(given[2], cells ? given[3] : null));
    for (int i = 0; i < windows; i++) {
      RnnTape tape = backend.tape(spec, length, batch, true);
      tapes.add(tape);
      states.add(state(spec.cell(), batch, false));
      RnnInOut inOut =
          new RnnInOut(
              x.slice(i * length, length),
              states.get(i),
              y.slice(i * length, length),
              states.get(i + 1));
      backend.rnnForward(tape, weights, inOut, null, 0);
    }
    RnnState carried = new RnnState(given[4], cells ? given[5] : null);
    for (int i = windows - 1; i >= 0; i--) {
      RnnState before = state(spec.cell(), batch, false);
      RnnGradients window =
          new RnnGradients(
              dy.slice(i * length, length),
              carried,
              dx.slice(i * length, length),
              before,
              gradients);
      backend.rnnBackward(tapes.get(i), weights, window);
      carried = before;
    }
    tapes.forEach(RnnTape::close);
    List<double[]> results = new ArrayList<>();
    results.add(y.toArray());
    results.add(states.getLast().h().toArray());
    results.add(dx.toArray());
    results.add(carried.h().toArray());
    if (cells) {
      results.add(states.getLast().cell().toArray());
      results.add(carried.cell().toArray());
    }
    for (RnnWeights.Layer layer : gradients.layers()) {
      results.add(layer.weightIh().toArray());
      results.add(layer.weightHh().toArray());
      results.add(layer.biasIh().toArray());
      results.add(layer.biasHh().toArray());
    }
    return results;
  }

  private Tensor[] given(int batch) {
    return new Tensor[] {
      random(T, batch, D),
      random(T, batch, H),
      random(L, batch, H),
      random(L, batch, H),
      random(L, batch, H),
      random(L, batch, H)
    };
  }

  @ParameterizedTest
  @EnumSource
  void oneWindowEqualsThreeOfAThirdBitForBit(Cell cell) {
    RnnSpec spec = new RnnSpec(cell, D, H, L, 0);
    RnnWeights weights = weights(spec, true);
    Tensor[] given = given(B);
    List<double[]> whole = pass(spec, weights, given, T);
    for (int length : new int[] {1, T / 3, T / 2}) {
      List<double[]> pieces = pass(spec, weights, given, length);
      for (int i = 0; i < whole.size(); i++) {
        assertThat(pieces.get(i))
            .as("seed %d, windows of %d, result %d", SEED, length, i)
            .containsExactly(whole.get(i));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSequenceDoesNotSeeItsNeighbours(Cell cell) {
    RnnSpec spec = new RnnSpec(cell, D, H, L, 0);
    RnnWeights weights = weights(spec, true);
    Tensor[] given = given(B);
    double[] y = pass(spec, weights, given, T).getFirst();
    for (int b = 0; b < B; b++) {
      Tensor[] alone = new Tensor[given.length];
      for (int i = 0; i < given.length; i++) {
        alone[i] = column(given[i], b);
      }
      double[] yAlone = pass(spec, weights, alone, T).getFirst();
      for (int t = 0; t < T; t++) {
        assertThat(Arrays.copyOfRange(yAlone, t * H, (t + 1) * H))
            .as("seed %d, sequence %d at step %d", SEED, b, t)
            .containsExactly(Arrays.copyOfRange(y, (t * B + b) * H, (t * B + b + 1) * H));
      }
    }
  }

  /** Entry {@code b} of the middle extent. */
  private Tensor column(Tensor all, int b) {
    int rows = all.shape().dim(0);
    int width = all.shape().dim(2);
    Tensor column = zeros(rows, 1, width);
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        column.set((long) row * width + j, all.get(((long) row * B + b) * width + j));
      }
    }
    return column;
  }

  @Test
  void theStateMayBeUpdatedInPlaceWhereNoBackwardPassFollows() {
    RnnSpec spec = new RnnSpec(Cell.LSTM, D, H, L, 0);
    RnnWeights weights = weights(spec, true);
    Tensor x = random(T, B, D);
    RnnState initial = state(Cell.LSTM, B, true);
    RnnState last = state(Cell.LSTM, B, false);
    try (RnnTape tape = backend.tape(spec, T, B, false)) {
      backend.rnnForward(tape, weights, new RnnInOut(x, initial, zeros(T, B, H), last), null, 0);
      backend.rnnForward(tape, weights, new RnnInOut(x, initial, zeros(T, B, H), initial), null, 0);
    }
    assertThat(initial.h().toArray()).containsExactly(last.h().toArray());
    assertThat(initial.cell().toArray()).containsExactly(last.cell().toArray());
  }
}
