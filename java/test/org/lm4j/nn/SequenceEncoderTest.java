package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.tensor.Tensor;

/**
 * Recurrent layers over sequences of different lengths: against numeric differences and PyTorch,
 * and that padding never counts.
 */
@Tag("slow")
class SequenceEncoderTest {
  private static final double STEP = 1e-4;
  private static final double STEP_RELU = 1e-5; // small, not to step over a kink
  private static final double FIXTURE_TOLERANCE = 1e-10;
  private static final int STEPS = 5;
  private static final int[] LENGTHS = {3, 5, 0, 1, 4};

  private final Backend backend = new ReferenceBackend();

  private static SequenceEncoder.Spec spec(Cell cell, int layers, double dropout, boolean both) {
    return new SequenceEncoder.Spec(new RnnSpec(cell, 3, 4, layers, dropout), both);
  }

  /** Every cell, number of layers, with and without dropout, in one direction and in both. */
  static Stream<SequenceEncoder.Spec> specs() {
    List<SequenceEncoder.Spec> specs = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      for (int layers = 1; layers <= 3; layers++) {
        for (boolean both : new boolean[] {false, true}) {
          specs.add(spec(cell, layers, 0, both));
          if (layers > 1) {
            specs.add(spec(cell, layers, 0.4, both));
          }
        }
      }
    }
    return specs.stream();
  }

  // --- Gradients --------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsAgreeWithNumericDifferences(SequenceEncoder.Spec spec) {
    try (EncoderRun run = new EncoderRun(backend, spec, STEPS, LENGTHS)) {
      assertThat(run.loss()).isFinite();
      run.both();
      double step = spec.stack().cell() == Cell.RNN_RELU ? STEP_RELU : STEP;
      Differences.check("x", run::loss, run.x, run.dx, step);
      for (Parameter parameter : run.parameters.all()) {
        Tensor gradient = parameter.gradient();
        Differences.check(parameter.name(), run::loss, parameter.value(), gradient, step);
      }
    }
  }

  /** Outputs alone, final states alone, and no gradient of the input. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsOfPartsAddUp(boolean both) {
    SequenceEncoder.Spec spec = spec(Cell.LSTM, 2, 0.4, both);
    try (EncoderRun run = new EncoderRun(backend, spec, STEPS, LENGTHS)) {
      run.both();
      double[] dWeights = run.parameters.gradients().toArray();
      double[] dx = run.dx.toArray();
      backend.fill(run.parameters.gradients(), 0);
      run.forward();
      run.encoder.backward(run.activations, run.dy, null, null);
      assertThat(run.dx.toArray()).as("untouched").isEqualTo(dx);
      run.forward();
      run.encoder.backward(run.activations, null, run.dLast, run.dx);
      assertThat(run.parameters.gradients().toArray()).containsExactly(dWeights, within(1e-12));
      double[] ofLast = run.dx.toArray();
      run.forward();
      run.encoder.backward(run.activations, null, null, run.dx);
      assertThat(run.dx.toArray()).containsOnly(0);
      run.forward();
      run.encoder.backward(run.activations, run.dy, null, run.dx);
      for (int i = 0; i < dx.length; i++) {
        assertThat(run.dx.get(i) + ofLast[i]).isCloseTo(dx[i], within(1e-12));
      }
    }
  }

  // --- Padding ----------------------------------------------------------------------------------

  /** Tests that results are the same to the bit for any amount and content of padding. */
  @ParameterizedTest
  @MethodSource("specs")
  void morePaddingChangesNothing(SequenceEncoder.Spec spec) {
    try (EncoderRun tight = new EncoderRun(backend, spec, STEPS, LENGTHS);
        EncoderRun padded = new EncoderRun(backend, spec, STEPS + 6, LENGTHS)) {
      tight.both();
      padded.both();
      Map<String, double[]> expected = tight.results(STEPS);
      padded
          .results(STEPS)
          .forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
      assertNothingBeyondTheEnds(padded);
    }
  }

  private static void assertNothingBeyondTheEnds(EncoderRun run) {
    int batch = run.lengths.length;
    for (Tensor sequence : List.of(run.activations.outputs(), run.dx)) {
      double[] values = run.download(sequence);
      int width = sequence.shape().dim(2);
      for (int i = 0; i < values.length; i++) {
        int t = i / width / batch;
        if (t >= run.lengths[i / width % batch]) {
          assertThat(values[i]).as("element %d of %s", i, sequence).isZero();
        }
      }
    }
  }

  /** A sequence in a batch is read as if it were alone, from its own end on in reverse. */
  @ParameterizedTest
  @MethodSource("specs")
  void aSequenceIsReadAsIfItWereAlone(SequenceEncoder.Spec any) {
    RnnSpec stack = any.stack();
    SequenceEncoder.Spec spec =
        spec(stack.cell(), stack.layers(), 0, any.bidirectional()); // masks follow the place
    try (EncoderRun batch = new EncoderRun(backend, spec, STEPS, LENGTHS)) {
      batch.both();
      double[] summed = new double[Math.toIntExact(batch.parameters.gradients().size())];
      for (int b = 0; b < LENGTHS.length; b++) {
        int length = LENGTHS[b];
        int steps = Math.max(1, length);
        try (EncoderRun alone = new EncoderRun(backend, spec, steps, length)) {
          alone.data(b);
          alone.both();
          for (int t = 0; t < length; t++) {
            double[] outputs = batch.activations.outputs().slice(t, 1).toArray();
            double[] dx = batch.dx.slice(t, 1).toArray();
            assertThat(alone.activations.outputs().slice(t, 1).toArray())
                .isEqualTo(row(outputs, b));
            assertThat(alone.dx.slice(t, 1).toArray()).isEqualTo(row(dx, b));
          }
          assertThat(alone.activations.last().toArray())
              .isEqualTo(row(batch.activations.last().toArray(), b));
          double[] gradients = alone.parameters.gradients().toArray();
          Arrays.setAll(summed, i -> summed[i] + gradients[i]);
        }
      }
      assertThat(summed).containsExactly(batch.parameters.gradients().toArray(), within(1e-11));
    }
  }

  private static double[] row(double[] rows, int b) {
    int width = rows.length / LENGTHS.length;
    return Arrays.copyOfRange(rows, b * width, (b + 1) * width);
  }

  // --- Other backends ---------------------------------------------------------------------------

  static Stream<Arguments> backends() {
    Map<String, Supplier<Backend>> backends =
        Map.of("cpu", () -> new CpuBackend(null, 2), "cuda", CudaOnFakes::open);
    return backends.entrySet().stream()
        .flatMap(
            backend ->
                Stream.of(Cell.LSTM, Cell.GRU, Cell.RNN_TANH)
                    .flatMap(
                        cell ->
                            Stream.of(false, true)
                                .map(
                                    both ->
                                        Arguments.of(
                                            backend.getKey(), backend.getValue(), cell, both))));
  }

  @ParameterizedTest(name = "{0} {2} {3}")
  @MethodSource("backends")
  void otherBackendsAgreeWithTheReference(
      String name, Supplier<Backend> open, Cell cell, boolean both) {
    RnnSpec stack = new RnnSpec(cell, 19, 21, 2, 0.4);
    SequenceEncoder.Spec spec = new SequenceEncoder.Spec(stack, both);
    int[] lengths = {7, 9, 0, 1, 4, 9, 2};
    try (Backend other = open.get();
        EncoderRun expected = new EncoderRun(backend, spec, 11, lengths);
        EncoderRun actual = new EncoderRun(other, spec, 11, lengths)) {
      for (int step = 0; step < 4; step++) { // of which a GPU replays the later ones
        other.step(actual::both);
      }
      int[] others = {2, 0, 9, 4, 11, 1, 8};
      expected.batch(others);
      actual.batch(others);
      expected.both();
      other.step(actual::both);
      Map<String, double[]> right = expected.results(11);
      actual
          .results(11)
          .forEach(
              (tensor, values) -> {
                double[] wanted = right.get(tensor);
                double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
                assertThat(values).as(tensor).containsExactly(wanted, within(1e-5 * largest));
              });
      assertNothingBeyondTheEnds(actual);
    }
  }

  // --- PyTorch ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rnn-1-both", "rnn-2-both", "rnn-3-both", "rnn-2-forward",
        "lstm-1-both", "lstm-2-both", "lstm-3-both", "lstm-2-forward",
        "gru-1-both", "gru-2-both", "gru-3-both", "gru-2-forward"
      })
  void agreesWithPyTorchOverPackedSequences(String name) throws Exception {
    String[] parts = name.split("-", -1);
    Cell cell = Cell.of(parts[0]);
    URL url = getClass().getResource("/org/lm4j/fixtures/encoder-" + name + ".safetensors");
    Path path = Path.of(Objects.requireNonNull(url, name).toURI());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      int[] dims = file.shape("x").dims();
      RnnSpec stack = new RnnSpec(cell, dims[2], 4, Integer.parseInt(parts[1]), 0);
      SequenceEncoder.Spec spec = new SequenceEncoder.Spec(stack, parts[2].equals("both"));
      double[] stored = file.tensor("lengths").toArray();
      int[] lengths = Arrays.stream(stored).mapToInt(length -> (int) length).toArray();
      try (EncoderRun run = new EncoderRun(backend, spec, dims[0], lengths)) {
        backend.upload(file.tensor("x"), run.x);
        backend.upload(file.tensor("d_y"), run.dy);
        backend.upload(file.tensor("d_last"), run.dLast);
        for (Parameter parameter : run.parameters.all()) {
          assertThat(parameter.value().shape()).isEqualTo(file.shape(parameter.name()));
          backend.upload(file.tensor(parameter.name()), parameter.value());
        }
        run.both();
        assertAgrees(file, "y", run.activations.outputs());
        assertAgrees(file, "last", run.activations.last());
        assertAgrees(file, "d_x", run.dx);
        for (Parameter parameter : run.parameters.all()) {
          assertAgrees(file, "grad." + parameter.name(), parameter.gradient());
        }
        long weights = file.names().stream().filter(each -> each.startsWith("rnn.")).count();
        assertThat(run.parameters.all()).hasSize((int) weights);
      }
    }
  }

  private static void assertAgrees(SafetensorsFile file, String name, Tensor actual) {
    double[] expected = file.tensor(name).toArray();
    assertThat(actual.toArray()).as(name).containsExactly(expected, within(FIXTURE_TOLERANCE));
  }

  // --- What is wrong ----------------------------------------------------------------------------

  @Test
  void refusesWhatCannotBe() {
    SequenceEncoder.Spec spec = spec(Cell.GRU, 2, 0.4, true);
    assertThatThrownBy(
            () -> {
              try (EncoderRun run = new EncoderRun(backend, spec, 3, 2, 4)) {
                run.forward();
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("copySequences: id 4 at 1 is not in [0, 4)");
    try (EncoderRun run = new EncoderRun(backend, spec, 3, 2, 3)) {
      assertThatThrownBy(() -> run.encoder.backward(run.activations, run.dy, null, null))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("needs a forward pass");
      Tensor lengths = backend.allocateIds(2);
      RandomKey none = null;
      assertThatThrownBy(() -> run.encoder.forward(run.activations, run.x, lengths, none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("random key");
      try (SequenceEncoder.Activations read = run.encoder.activations(3, 2, false)) {
        run.encoder.forward(read, run.x, lengths, none);
        assertThatThrownBy(() -> run.encoder.backward(read, run.dy, null, run.dx))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("made for evaluation");
      }
      lengths.storage().close();
    }
  }
}
