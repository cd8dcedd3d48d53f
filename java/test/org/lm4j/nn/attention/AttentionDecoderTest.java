package org.lm4j.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnState;
import org.lm4j.nn.Differences;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.TemporalSoftmaxLoss;
import org.lm4j.tensor.Tensor;

/**
 * The gradients of whole decoders, through memory and first state, against central differences; and
 * word by word against all words at once.
 */
class AttentionDecoderTest {
  private static final double STEP = 1e-4;
  private static final double STEP_RELU = 1e-5; // small, not to step over a kink
  private static final int NULL = 0;
  private static final int MOST_STEPS = 5;
  private static final int STEPS = 3; // fewer than the workspace holds
  private static final int BATCH = 2;
  private static final int CELLS = 4;
  private static final int VOCABULARY = 6;
  private static final int[] WORDS = {1, 1, 2, 4, 5, 3};
  private static final int[] TARGETS = {2, 4, 5, 3, 3, NULL};
  private static final int[] LENGTHS = {4, 2};
  private static final RandomKey KEY = new RandomKey(3, 9);

  /** A decoder, what it attends to, and a workspace. */
  private static final class Trial implements AutoCloseable {
    private final Backend backend = new ReferenceBackend();
    private final Random random = new Random(4);
    private final AttentionDecoder.Shape shape;
    private final Parameters parameters;
    private final AttentionDecoder decoder;
    private final Tensor memory;
    private final Tensor lengths;
    private final RnnState initial;

    Trial(AttentionDecoder.Shape shape) {
      this.shape = shape;
      Parameters.Builder plan = new Parameters.Builder();
      AttentionDecoder.plan(plan, backend, "decoder.", shape);
      this.parameters = plan.allocate(backend, true);
      parameters.all().forEach(parameter -> randomize(parameter.value()));
      this.decoder = new AttentionDecoder(backend, shape, parameters, "decoder.", 5);
      this.memory = random(BATCH, CELLS, Math.max(1, shape.memory()));
      this.lengths = backend.allocateIds(BATCH);
      backend.upload(LENGTHS, 0, BATCH, lengths);
      this.initial =
          new RnnState(
              random(1, BATCH, shape.hidden()),
              shape.cell().hasCellState() ? random(1, BATCH, shape.hidden()) : null);
    }

    private Tensor random(int... dims) {
      Tensor tensor = backend.allocate(dims);
      randomize(tensor);
      return tensor;
    }

    private void randomize(Tensor tensor) {
      for (int i = 0; i < tensor.size(); i++) {
        tensor.set(i, 0.7 * random.nextGaussian());
      }
    }

    private Tensor copy(Tensor source) {
      Tensor copy = backend.allocate(source.shape().dims());
      backend.copy(source, copy);
      return copy;
    }

    private void begin(RnnState state) {
      backend.copy(initial.h(), state.h());
      if (initial.c() != null) {
        backend.copy(initial.cell(), state.cell());
      }
    }

    private void forward(DecoderWindow window) {
      begin(window.initial());
      if (shape.attends()) {
        window.prepare(memory, lengths);
      }
      window.forward(STEPS, WORDS, KEY);
    }

    @Override
    public void close() {
      parameters.close();
      backend.close();
    }
  }

  private static Stream<AttentionDecoder.Shape> shapes() {
    List<AttentionDecoder.Shape> shapes = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      for (double dropout : new double[] {0, 0.3}) {
        shapes.add(new AttentionDecoder.Shape(cell, VOCABULARY, 3, 5, 0, 0, dropout));
        shapes.add(new AttentionDecoder.Shape(cell, VOCABULARY, 3, 5, 4, 6, dropout));
      }
    }
    return shapes.stream();
  }

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithNumericDifferences() {
    return shapes()
        .map(shape -> DynamicTest.dynamicTest(shape.toString(), () -> checkGradients(shape)));
  }

  private static void checkGradients(AttentionDecoder.Shape shape) {
    AttentionDecoder.Extent extent = new AttentionDecoder.Extent(MOST_STEPS, BATCH, CELLS);
    try (Trial trial = new Trial(shape);
        DecoderWindow window = trial.decoder.trainingWindow(extent, true)) {
      Backend backend = trial.backend;
      TemporalSoftmaxLoss criterion =
          new TemporalSoftmaxLoss(backend, NULL, TemporalSoftmaxLoss.Average.TOKENS);
      Tensor targets = backend.allocateIds(STEPS * BATCH);
      backend.upload(TARGETS, 0, TARGETS.length, targets);
      Tensor losses = backend.allocate(STEPS * BATCH);
      int divisor = criterion.divisor(TARGETS, BATCH);
      DoubleSupplier loss =
          () -> {
            trial.forward(window);
            criterion.loss(window.scores(STEPS), targets, losses);
            double sum = 0;
            for (double each : losses.toArray()) {
              sum += each;
            }
            return sum / divisor;
          };
      trial.forward(window);
      criterion.lossAndGradient(window.scores(STEPS), targets, divisor, losses);
      window.backward(STEPS, KEY);
      // A copy: to compute the loss again clears it.
      Tensor dMemory = shape.attends() ? trial.copy(window.memoryGradient()) : null;
      double h = shape.cell() == Cell.RNN_RELU ? STEP_RELU : STEP;
      Tensor dHidden = window.initialGradient().h();
      Differences.check("initial.h", loss, trial.initial.h(), dHidden, h);
      if (trial.initial.c() != null) {
        Tensor dCell = window.initialGradient().cell();
        Differences.check("initial.c", loss, trial.initial.cell(), dCell, h);
      }
      if (dMemory != null) {
        Differences.check("memory", loss, trial.memory, dMemory, h);
      }
      for (Parameter parameter : trial.parameters.all()) {
        Differences.check(parameter.name(), loss, parameter.value(), parameter.gradient(), h);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> wordByWordIsAllAtOnce() {
    return shapes()
        .filter(shape -> shape.dropout() == 0)
        .map(shape -> DynamicTest.dynamicTest(shape.toString(), () -> checkSteps(shape)));
  }

  private static void checkSteps(AttentionDecoder.Shape shape) {
    AttentionDecoder.Extent extent = new AttentionDecoder.Extent(MOST_STEPS, BATCH, CELLS);
    try (Trial trial = new Trial(shape);
        DecoderWindow window = trial.decoder.scoringWindow(extent);
        DecoderStep step = trial.decoder.step(BATCH, CELLS)) {
      trial.forward(window);
      double[] whole = window.scores(STEPS).toArray();
      trial.begin(step.state());
      if (shape.attends()) {
        step.prepare(trial.memory, trial.lengths);
      }
      for (int t = 0; t < STEPS; t++) {
        step.read(new int[] {WORDS[t * BATCH], WORDS[t * BATCH + 1]});
        double[] scores = step.scores().toArray();
        for (int i = 0; i < scores.length; i++) {
          assertThat(Math.abs(scores[i] - whole[t * scores.length + i])).isLessThan(1e-12);
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> rowsTakeUpWhatOthersRead() {
    return shapes()
        .filter(shape -> shape.dropout() == 0 && !shape.attends())
        .map(shape -> DynamicTest.dynamicTest(shape.toString(), () -> checkSelect(shape)));
  }

  private static void checkSelect(AttentionDecoder.Shape shape) {
    try (Trial trial = new Trial(shape);
        DecoderStep step = trial.decoder.step(BATCH, CELLS)) {
      trial.begin(step.state());
      step.read(new int[] {2, 4});
      double[] before = step.state().h().toArray();
      step.select(new int[] {1, 1});
      double[] after = step.state().h().toArray();
      int width = shape.hidden();
      double[] second = Arrays.copyOfRange(before, width, 2 * width);
      assertThat(Arrays.copyOf(before, width)).isNotEqualTo(second);
      assertThat(Arrays.copyOf(after, width)).isEqualTo(second);
      assertThat(Arrays.copyOfRange(after, width, 2 * width)).isEqualTo(second);
    }
  }
}
