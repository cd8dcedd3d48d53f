package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.PlainModel;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.Tensor;

@Tag("slow")
class GradientFlowTest {
  private static final int STEPS = 6;
  private static final int BATCH = 3;
  private static final int VOCABULARY = 7;
  private static final double TOLERANCE = 1e-7;
  private static final double UNLIMITED = Double.POSITIVE_INFINITY;

  private static LanguageModelConfig config(Cell cell, int layers) {
    return new LanguageModelConfig(cell, VOCABULARY, 5, 4, layers, 0, false);
  }

  private static int[] inputs(int steps) {
    return new Random(3).ints((long) steps * BATCH, 0, VOCABULARY).toArray();
  }

  private static int[] targets() {
    return new Random(4).ints(BATCH, 0, VOCABULARY).toArray();
  }

  private static LanguageModelNetwork model(
      Backend backend, LanguageModelConfig config, double range) {
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
    model.initialize(new Initialization(range, 1), 5);
    return model;
  }

  private static GradientFlow.Result measure(LanguageModelNetwork model, int steps, double limit) {
    try (GradientFlow flow = new GradientFlow(model, steps, BATCH)) {
      return flow.measure(inputs(steps), targets(), limit);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RNN_TANH, 1, false", "RNN_RELU, 1, false", "LSTM, 1, false", "GRU, 1, false",
    "RNN_TANH, 3, false", "RNN_RELU, 2, false", "LSTM, 3, false", "GRU, 3, false",
    "LSTM, 2, true"
  })
  void normsOfStatesAreThoseOfNumericDifferences(Cell cell, int layers, boolean tied) {
    LanguageModelConfig config =
        new LanguageModelConfig(cell, VOCABULARY, tied ? 4 : 5, 4, layers, 0.5, tied);
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = model(backend, config, 0.7)) {
      PlainModel plain = new PlainModel(model);
      GradientFlow.Result result = measure(model, STEPS, UNLIMITED);
      double loss = 0;
      for (int b = 0; b < BATCH; b++) {
        loss += plain.loss(sequence(b), targets()[b], new PlainModel.Shift(false, 0, 1, 0, 0));
      }
      assertThat(result.loss()).isCloseTo(loss / BATCH, within(1e-12));
      for (int layer = 0; layer < layers; layer++) {
        GradientFlow.Layer norms = result.layers().get(layer);
        for (int k = 0; k < STEPS; k++) {
          String what = "layer " + layer + ", distance " + k;
          check(what, norms.hidden()[k], numeric(plain, config, false, layer, k));
          if (cell.hasCellState()) {
            check(what + ", cell", norms.cell()[k], numeric(plain, config, true, layer, k));
          }
        }
        assertThat(norms.cell()).hasSize(cell.hasCellState() ? STEPS : 0);
      }
    }
  }

  private static void check(String what, double own, double numeric) {
    assertThat(Math.abs(own - numeric))
        .as("%s: %.12g, numeric %.12g", what, own, numeric)
        .isLessThanOrEqualTo(TOLERANCE * Math.max(own + numeric, 0.01));
  }

  private static int[] sequence(int window) {
    int[] all = inputs(STEPS);
    int[] one = new int[STEPS];
    Arrays.setAll(one, t -> all[t * BATCH + window]);
    return one;
  }

  /** Root mean square over windows, by five-point differences of each number of the state. */
  private static double numeric(
      PlainModel plain, LanguageModelConfig config, boolean cell, int layer, int k) {
    double h = config.cell() == Cell.RNN_RELU ? 1e-6 : 1e-4;
    double squares = 0;
    for (int b = 0; b < BATCH; b++) {
      for (int index = 0; index < config.hidden(); index++) {
        double[] losses = new double[4];
        double[] by = {2 * h, h, -h, -2 * h};
        for (int i = 0; i < by.length; i++) {
          losses[i] =
              plain.loss(
                  sequence(b),
                  targets()[b],
                  new PlainModel.Shift(cell, layer, STEPS - k, index, by[i]));
        }
        double slope = (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / (12 * h);
        squares += slope * slope;
      }
    }
    return Math.sqrt(squares / BATCH);
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void allStepsTogetherAreTheGradientThatTrainingComputes(Cell cell) {
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = model(backend, config(cell, 2), 0.7);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH)) {
      int[] wanted = new int[STEPS * BATCH];
      Arrays.fill(wanted, SoftmaxOutput.IGNORE);
      System.arraycopy(targets(), 0, wanted, (STEPS - 1) * BATCH, BATCH);
      window.load(inputs(STEPS), wanted);
      window.train(state, new RandomKey(0, 0), BATCH);
      double squares = 0;
      for (Parameter parameter : model.parameters().all()) {
        if (parameter.name().contains("weight_hh")) {
          squares += Arrays.stream(parameter.gradient().toArray()).map(g -> g * g).sum();
        }
      }
      GradientFlow.Weights weights = measure(model, STEPS, UNLIMITED).weights();
      assertThat(weights.accumulated()[STEPS - 1])
          .isCloseTo(Math.sqrt(squares), within(1e-12 * Math.sqrt(squares)));
      assertThat(weights.clipped()).isEqualTo(weights.accumulated());
      assertThat(weights.contribution()[0]).isEqualTo(weights.accumulated()[0], within(1e-15));
      for (int k = 1; k < STEPS; k++) { // the triangle inequality, from both sides
        double step = Math.abs(weights.accumulated()[k] - weights.accumulated()[k - 1]);
        assertThat(step).isLessThanOrEqualTo(weights.contribution()[k] + 1e-15);
      }
      // A state before the window that is zero gets no contribution from the first step.
      assertThat(weights.contribution()[STEPS - 1]).isZero();
    }
  }

  @Test
  void aSmallRnnVanishesALargeReluExplodesAndClippingHoldsTheSum() {
    int steps = 60;
    double limit = 0.5;
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork small = model(backend, config(Cell.RNN_TANH, 1), 0.2);
        LanguageModelNetwork large = model(backend, config(Cell.RNN_RELU, 1), 0.2)) {
      double[] vanishing = measure(small, steps, limit).layers().getFirst().hidden();
      for (int k = 1; k < steps; k++) {
        assertThat(vanishing[k]).isPositive().isLessThan(vanishing[k - 1]);
      }
      assertThat(vanishing[steps - 1]).isLessThan(1e-20 * vanishing[0]);
      Parameter recurrent = large.parameters().get("rnn.weight_hh_l0");
      for (int i = 0; i < recurrent.value().size(); i++) {
        recurrent.value().set(i, 0.5); // each step doubles what is the same in all units
      }
      for (int i = 0; i < 4; i++) {
        large.parameters().get("rnn.bias_ih_l0").value().set(i, 1); // no unit is silent
      }
      GradientFlow.Result exploding = measure(large, steps, limit);
      double[] hidden = exploding.layers().getFirst().hidden();
      for (int k = 2; k < steps; k++) {
        assertThat(hidden[k] / hidden[k - 1]).isEqualTo(2, within(1e-9));
      }
      double[] clipped = exploding.weights().clipped();
      assertThat(exploding.weights().accumulated()[steps - 1]).isGreaterThan(1e10);
      assertThat(clipped[steps - 1]).isEqualTo(limit, within(1e-9));
      assertThat(Arrays.stream(clipped).max().orElseThrow())
          .isLessThanOrEqualTo(limit * (1 + 1e-12));
    }
  }

  /** Float32 ends at 1e-45 and 1e38; a slip in the powers of two would be a jump of some 2^16. */
  @Test
  void normsBeyondFloat32AreSeenAndFallSteadily() {
    for (Cell cell : List.of(Cell.RNN_TANH, Cell.LSTM)) {
      for (Supplier<Backend> open :
          List.<Supplier<Backend>>of(() -> new CpuBackend(null, 1), ReferenceBackend::new)) {
        try (Backend backend = open.get();
            LanguageModelNetwork model = model(backend, config(cell, 2), 0.05)) {
          GradientFlow.Layer top = measure(model, 200, 1).layers().getLast();
          steady(top.hidden());
          if (cell == Cell.LSTM) {
            steady(top.cell());
          } else {
            assertThat(top.hidden()[199]).isPositive().isLessThan(1e-100);
          }
        }
      }
    }
  }

  private static void steady(double[] norms) {
    double whole = Math.log(norms[199] / norms[9]) / 190;
    for (int k = 10; k < 200; k++) {
      assertThat(Math.log(norms[k] / norms[k - 1])).as("at %d", k).isCloseTo(whole, within(0.5));
    }
  }

  /**
   * Tests one unit without input, which multiplies its gradient by 4 while all states stay small.
   */
  @Test
  void aSumThatOverflowsIsInfiniteAndCannotBeClipped() {
    GradientFlow.Result exact = quadrupled(new ReferenceBackend());
    GradientFlow.Result result = quadrupled(new CpuBackend(null, 1));
    for (int k = 0; k < 99; k++) {
      double contribution = exact.weights().contribution()[k];
      assertThat(result.weights().contribution()[k])
          .isEqualTo(contribution, within(1e-5 * contribution));
      if (k < 60) {
        double sum = exact.weights().accumulated()[k];
        assertThat(result.weights().accumulated()[k]).isEqualTo(sum, within(1e-5 * sum));
      }
    }
    assertThat(exact.weights().accumulated()[99]).isGreaterThan(1e40).isFinite();
    assertThat(exact.weights().clipped()[99]).isEqualTo(5, within(1e-6));
    assertThat(result.weights().accumulated()[99]).isInfinite();
    assertThat(result.weights().clipped()[99]).isNaN();
    assertThat(result.loss()).isFinite();
  }

  private static GradientFlow.Result quadrupled(Backend open) {
    try (Backend backend = open;
        Backend host = new ReferenceBackend();
        LanguageModelNetwork plan = model(host, config(Cell.RNN_TANH, 1), 0.2);
        LanguageModelNetwork model =
            new LanguageModelNetwork(backend, config(Cell.RNN_TANH, 1), false)) {
      for (Parameter parameter : plan.parameters().all()) {
        Tensor value = parameter.value();
        if (parameter.name().contains("weight_hh")) {
          host.fill(value, 0);
          value.set(0, 4);
          value.set(5, 0.5);
        } else if (parameter.name().contains("rnn.")) {
          host.fill(value.view(0, (int) value.size() / 4), 0); // the row of the first unit
        }
        backend.upload(value, model.parameters().get(parameter.name()).value());
      }
      return measure(model, 100, 5);
    }
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void otherBackendsMeasureTheSame(Cell cell) {
    GradientFlow.Result expected = on(new ReferenceBackend(), cell);
    for (Supplier<Backend> other :
        List.<Supplier<Backend>>of(() -> new CpuBackend(null, 2), CudaOnFakes::open)) {
      GradientFlow.Result result = on(other.get(), cell);
      assertThat(result.loss()).isCloseTo(expected.loss(), within(1e-5));
      for (int layer = 0; layer < 2; layer++) {
        close(result.layers().get(layer).hidden(), expected.layers().get(layer).hidden());
        close(result.layers().get(layer).cell(), expected.layers().get(layer).cell());
      }
      close(result.weights().contribution(), expected.weights().contribution());
      close(result.weights().accumulated(), expected.weights().accumulated());
      close(result.weights().clipped(), expected.weights().clipped());
    }
  }

  private static GradientFlow.Result on(Backend open, Cell cell) {
    try (Backend backend = open;
        LanguageModelNetwork model = model(backend, config(cell, 2), 0.5)) {
      return measure(model, 12, 0.05);
    }
  }

  private static void close(double[] own, double[] expected) {
    assertThat(own).hasSameSizeAs(expected);
    for (int k = 0; k < own.length; k++) {
      assertThat(own[k]).as("at %d", k).isCloseTo(expected[k], within(1e-4 * expected[k] + 1e-12));
    }
  }

  @Test
  void leavesTheModelAsItIsAndNeedsNoGradientsOfIt() {
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model =
            new LanguageModelNetwork(backend, config(Cell.GRU, 2), false)) {
      model.initialize(new Initialization(0.5, 0), 1);
      double[] before = model.parameters().values().toArray();
      assertThat(measure(model, STEPS, 1))
          .usingRecursiveComparison()
          .isEqualTo(measure(model, STEPS, 1));
      assertThat(model.parameters().values().toArray()).isEqualTo(before);
    }
  }

  @Test
  void refusesWhatNoMemoryHolds() {
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = model(backend, config(Cell.GRU, 2), 0.5)) {
      assertThatThrownBy(() -> new GradientFlow(model, Integer.MAX_VALUE, 16))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("numbers");
      assertThatThrownBy(() -> new GradientFlow(model, 0, 16))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
