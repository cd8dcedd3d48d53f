package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * Tests that what a tape keeps from one pass to the next does no harm, whatever happens in between.
 */
class TapeSafetyTest {
  private static final int STEPS = 4;
  private static final int BATCH = 6;
  private static final int UNITS = 5; // not a whole vector: there is padding
  private static final int SIZE = 3;

  @ParameterizedTest
  @EnumSource(Cell.class)
  void aNanIsGoneWithItsPass(Cell cell) {
    try (Setting s = new Setting(CpuBackend.open(2), cell, 0)) {
      double[] before = s.pass(1);
      assertThat(s.pass(Double.NaN)).contains(Double.NaN);
      assertThat(s.pass(1)).isEqualTo(before);
    }
  }

  /** Tests vocabularies of few words, whose projections are looked up, and of many. */
  @ParameterizedTest
  @ValueSource(ints = {4, 40})
  void theInputsGradientIsThereWithoutThatOfTheTable(int vocabulary) {
    double[] expected;
    try (Setting s = new Setting(new ReferenceBackend(), Cell.LSTM, vocabulary)) {
      expected = s.inputGradient();
    }
    try (Setting s = new Setting(CpuBackend.open(2), Cell.LSTM, vocabulary)) {
      double[] actual = s.inputGradient();
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInputThatIsClosedIsRefused(boolean reference) {
    Backend backend = reference ? new ReferenceBackend() : CpuBackend.open(2);
    try (Setting s = new Setting(backend, Cell.LSTM, 0)) {
      s.forward();
      s.x.storage().close();
      assertThatThrownBy(() -> s.backward(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void idsThatChangedBetweenThePassesAreRefused(boolean reference) {
    Backend backend = reference ? new ReferenceBackend() : CpuBackend.open(2);
    try (Setting s = new Setting(backend, Cell.LSTM, 4)) {
      s.forward();
      int[] wrong = new int[STEPS * BATCH];
      wrong[5] = 1_000_000_000;
      backend.upload(wrong, 0, wrong.length, s.ids());
      assertThatThrownBy(() -> s.backward(1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("id 1000000000 at 5 is not in [0, 4)");
    }
  }

  /** Products kept while weights stay: of the weights that stay, and of no others. */
  @Test
  void whatIsKeptWhileWeightsStayEndsWithThePromise() {
    try (Setting reference = new Setting(new ReferenceBackend(), Cell.LSTM, 40);
        Setting cpu = new Setting(CpuBackend.open(2), Cell.LSTM, 40)) {
      for (int pass = 0; pass < 6; pass++) {
        if (pass % 2 == 0) {
          for (Setting each : List.of(reference, cpu)) {
            each.flat.set(0, pass + 1); // an input weight
            each.tape.weightsStay(pass == 4 ? 0 : 1000);
          }
        }
        double[] expected = reference.output(pass);
        double[] actual = cpu.output(pass);
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).as("pass %d", pass).isCloseTo(expected[i], within(1e-5));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPassIsGoneBackOnce(boolean reference) {
    Backend backend = reference ? new ReferenceBackend() : CpuBackend.open(2);
    try (Setting s = new Setting(backend, Cell.GRU, 0)) {
      s.pass(1);
      assertThatThrownBy(() -> s.backward(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no forward pass has run");
    }
  }

  /** A stack of one layer with random weights and inputs, and a gradient of the final state. */
  private static final class Setting implements AutoCloseable {
    final Tensor x;
    private final Backend backend;
    private final RnnSpec spec;
    private final RnnTape tape;
    private final Tensor flat;
    private final Tensor gradient;
    private final RnnLayout layout;
    private final Tensor dy;
    private final Tensor dx;
    private final RnnState dLast;
    private final RnnInOut inOut;

    Setting(Backend backend, Cell cell, int vocabulary) {
      this.backend = backend;
      this.spec = new RnnSpec(cell, SIZE, UNITS, 1, 0);
      this.layout = backend.layout(spec);
      this.tape = backend.tape(spec, STEPS, BATCH, true);
      Random random = new Random(8);
      this.flat = random(random, (int) layout.size());
      this.gradient = backend.allocate((int) layout.size());
      this.x = random(random, STEPS, BATCH, SIZE);
      this.dy = random(random, STEPS, BATCH, UNITS);
      this.dx = backend.allocate(STEPS, BATCH, SIZE);
      this.dLast = state(random);
      RnnInOut.@Nullable Lookup lookup = null;
      if (vocabulary > 0) {
        Tensor ids = backend.allocateIds(STEPS * BATCH);
        int[] drawn = random.ints(STEPS * BATCH, 0, vocabulary).toArray();
        backend.upload(drawn, 0, drawn.length, ids);
        lookup = new RnnInOut.Lookup(random(random, vocabulary, SIZE), ids);
      }
      Tensor y = backend.allocate(STEPS, BATCH, UNITS);
      this.inOut = new RnnInOut(x, state(random), y, state(random), lookup);
    }

    private Tensor random(Random random, int... dims) {
      Tensor tensor = backend.allocate(dims);
      for (long i = 0; i < tensor.size(); i++) {
        tensor.set(i, (float) random.nextGaussian());
      }
      return tensor;
    }

    private RnnState state(Random random) {
      Tensor h = random(random, 1, BATCH, UNITS);
      return new RnnState(h, spec.cell().hasCellState() ? random(random, 1, BATCH, UNITS) : null);
    }

    Tensor ids() {
      return Objects.requireNonNull(inOut.lookup()).ids();
    }

    void forward() {
      backend.rnnForward(tape, weights(flat), inOut, null, 0);
    }

    void backward(double first) {
      dy.set(0, first);
      backend.fill(gradient, 0);
      backend.rnnBackward(
          tape, weights(flat), new RnnGradients(dy, dLast, dx, null, weights(gradient)));
    }

    /** The gradients of all weights, where the first of {@code dy} is this. */
    double[] pass(double first) {
      forward();
      backward(first);
      return gradient.toArray();
    }

    /** The output for other ids each pass. */
    double[] output(int pass) {
      int[] drawn = new Random(pass).ints(STEPS * BATCH, 0, 40).toArray();
      backend.upload(drawn, 0, drawn.length, ids());
      forward();
      return inOut.y().toArray();
    }

    double[] inputGradient() {
      forward();
      backend.fill(dx, 777);
      backward(1);
      return dx.toArray();
    }

    private RnnWeights weights(Tensor memory) {
      List<Tensor> parts = new ArrayList<>();
      for (RnnLayout.Part part : layout.parts()) {
        parts.add(memory.view(part.offset(), part.shape().dims()));
      }
      if (parts.size() == 2) { // a cell without recurrent weights
        parts.add(1, memory.view(0, 0));
        parts.add(memory.view(0, 0));
      }
      return new RnnWeights(
          List.of(new RnnWeights.Layer(parts.get(0), parts.get(1), parts.get(2), parts.get(3))));
    }

    @Override
    public void close() {
      tape.close();
      backend.close();
    }
  }
}
