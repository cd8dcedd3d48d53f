package org.lm4j.task.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;

/**
 * A whole translator in float64: its gradients, against differences and against PyTorch's, and that
 * padding changes nothing.
 */
@Tag("slow")
class TranslatorTest {
  private static final int SOURCE_VOCABULARY = 9;
  private static final int TARGET_VOCABULARY = 8;
  private static final double STEP = 1e-4;
  private static final double STEP_RELU = 1e-6; // small, not to step over a kink
  private static final double TOLERANCE = 1e-7;
  private static final RandomKey KEY = new RandomKey(42, 3);

  /** Lengths that differ on both sides, in different orders. */
  private static final int[][] SOURCES = {{4, 5, 6, 7, 8}, {8, 4}, {5, 5, 6, 4}};

  private static final int[][] TARGETS = {{6, 4}, {5, 6, 7, 4}, {7}};

  private static final Seq2SeqBatch.Extent EXACT = new Seq2SeqBatch.Extent(5, 5, 3);

  private static Seq2SeqConfig config(
      Cell cell, int layers, boolean bidirectional, int attention, double dropout) {
    return new Seq2SeqConfig(
        "seq2seq",
        new Seq2SeqConfig.Sides("char", "word", SOURCE_VOCABULARY, TARGET_VOCABULARY),
        new EncoderConfig(cell.label(), 5, 6, layers, bidirectional, dropout),
        attention);
  }

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithNumericDifferences() {
    List<Seq2SeqConfig> configs = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      for (int attention : new int[] {0, 7}) {
        configs.add(config(cell, 1, true, attention, 0));
        configs.add(config(cell, 2, true, attention, 0.3));
        configs.add(config(cell, 2, false, attention, 0.3));
      }
    }
    return configs.stream()
        .map(config -> DynamicTest.dynamicTest(config.toString(), () -> checkGradients(config)));
  }

  private static void checkGradients(Seq2SeqConfig config) {
    try (Run run = new Run(config, EXACT)) {
      run.train(SOURCES, TARGETS);
      double[] analytic = run.gradients();
      Random choice = new Random(11);
      for (Parameter parameter : run.model.parameters().all()) {
        Tensor value = parameter.value();
        long first = value.offset() - run.model.parameters().values().offset();
        for (int draw = 0; draw < 12; draw++) {
          long i = choice.nextLong(value.size());
          double numeric =
              run.numeric(value, i, config.encoder().cell().equals("rnn-relu") ? STEP_RELU : STEP);
          double own = analytic[(int) (first + i)];
          assertThat(Math.abs(own - numeric))
              .as("%s[%d]: analytic %.12g, numeric %.12g", parameter.name(), i, own, numeric)
              .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(own) + Math.abs(numeric), 0.01));
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> paddingChangesNoBit() {
    List<Seq2SeqConfig> configs = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      configs.add(config(cell, 2, true, 7, 0));
      configs.add(config(cell, 2, true, 0, 0));
    }
    return configs.stream()
        .map(config -> DynamicTest.dynamicTest(config.toString(), () -> checkPadding(config)));
  }

  private static void checkPadding(Seq2SeqConfig config) {
    try (Run exact = new Run(config, EXACT)) {
      double loss = exact.train(SOURCES, TARGETS);
      double scored = exact.score(SOURCES, TARGETS);
      double[] scores = exact.scoresThatCount();
      List<Seq2SeqBatch.Extent> wider = new ArrayList<>();
      wider.add(new Seq2SeqBatch.Extent(9, 5, 3));
      wider.add(new Seq2SeqBatch.Extent(5, 8, 3));
      wider.add(new Seq2SeqBatch.Extent(5, 5, 5));
      wider.add(new Seq2SeqBatch.Extent(7, 6, 4));
      for (Seq2SeqBatch.Extent extent : wider) {
        try (Run padded = new Run(config, extent)) {
          assertThat(padded.train(SOURCES, TARGETS)).as("loss of %s", extent).isEqualTo(loss);
          assertThat(padded.gradients()).as("gradients of %s", extent).isEqualTo(exact.gradients());
          assertThat(padded.score(SOURCES, TARGETS)).isEqualTo(scored);
          assertThat(padded.scoresThatCount()).as("scores of %s", extent).isEqualTo(scores);
        }
      }
      // And a target that is padded by a longer one in its batch.
      int[][] sources = Arrays.copyOf(SOURCES, 4);
      int[][] targets = Arrays.copyOf(TARGETS, 4);
      sources[3] = new int[] {4, 4, 4, 4, 4, 4, 4};
      targets[3] = new int[] {5, 5, 5, 5, 5, 5};
      try (Run longer = new Run(config, new Seq2SeqBatch.Extent(7, 7, 4))) {
        longer.score(sources, targets);
        assertThat(Arrays.copyOf(longer.scoresThatCount(), scores.length)).isEqualTo(scores);
      }
    }
  }

  @Test
  void writingExpectsWhatScoringExpects() {
    for (Cell cell : Cell.values()) {
      for (int attention : new int[] {0, 7}) {
        Seq2SeqConfig config = config(cell, 2, true, attention, 0);
        try (Run run = new Run(config, EXACT);
            Seq2SeqDecoder reader = run.model.reader(6, 4, 2)) {
          run.score(SOURCES, TARGETS);
          double[] expected = run.scoresThatCount();
          reader.read(SOURCES);
          int rows = 8;
          double[] logits = new double[rows * TARGET_VOCABULARY];
          List<double[]> steps = new ArrayList<>();
          for (int t = 0; t < 5; t++) {
            int[] tokens = new int[rows];
            for (int row = 0; row < 6; row++) {
              int[] target = TARGETS[row / 2];
              tokens[row] =
                  t == 0 ? SentenceVocabulary.START_ID : target[Math.min(t, target.length) - 1];
            }
            reader.tokens().read(tokens, logits);
            steps.add(logits.clone());
            if (attention > 0) {
              assertThat(Arrays.stream(reader.weights()[2]).sum()).isBetween(1 - 1e-12, 1 + 1e-12);
              assertThat(Arrays.copyOfRange(reader.weights()[2], 2, 6)).containsOnly(0);
            }
          }
          int at = 0;
          for (int b = 0; b < TARGETS.length; b++) {
            for (int t = 0; t <= TARGETS[b].length; t++) {
              for (int copy = 0; copy < 2; copy++) {
                int from = (2 * b + copy) * TARGET_VOCABULARY;
                double[] own = Arrays.copyOfRange(steps.get(t), from, from + TARGET_VOCABULARY);
                double[] wanted = Arrays.copyOfRange(expected, at, at + TARGET_VOCABULARY);
                assertThat(own).as("%s, pair %d, step %d", cell, b, t).isEqualTo(wanted);
              }
              at += TARGET_VOCABULARY;
            }
          }
        }
      }
    }
  }

  /** Loss and gradients by name, as scripts/make-fixtures.py has PyTorch compute them. */
  @TestFactory
  Stream<DynamicTest> agreesWithPyTorch() {
    return Stream.of("lstm-attention", "lstm", "gru-attention", "gru")
        .map(name -> DynamicTest.dynamicTest(name, () -> checkFixture(name)));
  }

  private static void checkFixture(String name) throws URISyntaxException {
    String[] parts = name.split("-", -1);
    Seq2SeqConfig config =
        new Seq2SeqConfig(
            "seq2seq",
            new Seq2SeqConfig.Sides("char", "word", SOURCE_VOCABULARY, TARGET_VOCABULARY),
            new EncoderConfig(parts[0], 5, 4, 2, true, 0),
            parts.length > 1 ? 6 : 0);
    URL url =
        TranslatorTest.class.getResource("/org/lm4j/fixtures/translator-" + name + ".safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(Path.of(Objects.requireNonNull(url).toURI()));
        Run run = new Run(config, new Seq2SeqBatch.Extent(7, 5, 4))) {
      for (Parameter parameter : run.model.parameters().all()) {
        run.backend.upload(file.tensor(parameter.name()), parameter.value());
      }
      assertThat(run.train(SOURCES, TARGETS)).isCloseTo(file.tensor("loss").get(0), within(1e-12));
      for (Parameter parameter : run.model.parameters().all()) {
        double[] wanted = file.tensor("grad." + parameter.name()).toArray();
        assertThat(parameter.gradient().toArray())
            .as(parameter.name())
            .usingComparatorWithPrecision(1e-10)
            .containsExactly(wanted);
      }
    }
  }

  @Test
  void badShapesAreRefused() {
    assertThatThrownBy(() -> config(Cell.GRU, 0, true, 4, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config(Cell.GRU, 1, true, -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config(Cell.GRU, 1, true, 4, 1))
        .isInstanceOf(IllegalArgumentException.class);
    try (Run run = new Run(config(Cell.GRU, 1, true, 4, 0), EXACT)) {
      assertThatThrownBy(() -> run.batch.load(new int[4][1], new int[4][1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (Run run = new Run(config(Cell.GRU, 1, true, 4, 0.1), EXACT)) {
      assertThatThrownBy(() -> run.score(SOURCES, TARGETS))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  /** A translator with initial weights, and a batch for it. */
  private static final class Run implements AutoCloseable {
    private final Backend backend = new ReferenceBackend();
    private final Seq2SeqNetwork model;
    private final Seq2SeqBatch batch;
    private final Tensor lossSum = backend.allocate(1);
    private int counted;

    Run(Seq2SeqConfig config, Seq2SeqBatch.Extent extent) {
      this.model = new Seq2SeqNetwork(backend, config, true);
      model.initialize(5);
      this.batch = model.batch(extent, true);
    }

    double train(int[][] sources, int[][] targets) {
      backend.fill(model.parameters().gradients(), 0);
      counted = batch.load(sources, targets);
      batch.train(KEY, lossSum);
      return lossSum.get(0) / counted;
    }

    double score(int[][] sources, int[][] targets) {
      counted = batch.load(sources, targets);
      batch.score(lossSum);
      return lossSum.get(0) / counted;
    }

    double[] gradients() {
      return model.parameters().gradients().toArray();
    }

    /** Returns the losses of the last scoring pass, pair by pair. */
    double[] scoresThatCount() {
      int[] wanted = batch.wanted();
      int rows = batch.extent().rows();
      Tensor scores = batch.scores();
      List<Double> counting = new ArrayList<>();
      for (int b = 0; b < rows; b++) {
        for (int i = b; i < wanted.length; i += rows) {
          for (int v = 0; wanted[i] != SentenceVocabulary.NULL_ID && v < TARGET_VOCABULARY; v++) {
            counting.add(scores.get((long) i * TARGET_VOCABULARY + v));
          }
        }
      }
      return counting.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Five-point central difference: its error is of order h⁴. */
    double numeric(Tensor value, long i, double h) {
      double kept = value.get(i);
      double[] losses = new double[4];
      double[] shifts = {2 * h, h, -h, -2 * h};
      for (int k = 0; k < shifts.length; k++) {
        value.set(i, kept + shifts[k]);
        losses[k] = train(SOURCES, TARGETS);
      }
      value.set(i, kept);
      return (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / (12 * h);
    }

    @Override
    public void close() {
      batch.close();
      lossSum.storage().close();
      model.close();
      backend.close();
    }
  }
}
