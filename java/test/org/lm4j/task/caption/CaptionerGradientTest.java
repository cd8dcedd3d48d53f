package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/** The gradient of the mean loss of whole captioners against central differences in float64. */
class CaptionerGradientTest {
  private static final int BATCH = 3;
  private static final int STEPS = 4;
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-7;
  private static final RandomKey KEY = new RandomKey(2, 5);
  private static final int[] READ = {1, 1, 1, 4, 5, 6, 6, 4, 0, 5, 0, 0};
  private static final int[] WANTED = {4, 5, 6, 6, 4, 2, 5, 2, 0, 2, 0, 0};

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithNumericDifferences() {
    List<CaptionConfig> configs = new ArrayList<>();
    for (Cell cell : List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU)) {
      configs.add(config(cell, 0, 0, 0.2)); // a vector
      configs.add(config(cell, 5, 0, 0)); // a grid taken whole
      configs.add(config(cell, 5, 3, 0.2));
    }
    return configs.stream()
        .map(config -> DynamicTest.dynamicTest(config.toString(), () -> check(config)));
  }

  private static CaptionConfig config(Cell cell, int cells, int attention, double dropout) {
    return new CaptionConfig(
        ModelKind.CAPTION.label(),
        7,
        new CaptionConfig.Image(cells, 6),
        new CaptionConfig.WordGenerator(cell.label(), 4, 5, attention, dropout),
        9);
  }

  private static void check(CaptionConfig config) {
    try (Backend backend = new ReferenceBackend();
        CaptionerNetwork captioner = new CaptionerNetwork(backend, config, true);
        CaptionBatch batch = captioner.batch(STEPS + 1, BATCH, true)) {
      captioner.initialize(3);
      Random random = new Random(6);
      Tensor features =
          backend.allocate(BATCH, Math.max(1, config.image().cells()) * config.image().features());
      for (int i = 0; i < features.size(); i++) {
        features.set(i, random.nextGaussian());
      }
      batch.load(features);
      CaptionBatch.Words words = new CaptionBatch.Words(STEPS, READ, WANTED);
      int counted = words.counted();
      assertThat(counted).isEqualTo(9);
      Tensor sum = backend.allocate(1);
      batch.train(words, counted, KEY, sum);
      double[] analytic = captioner.parameters().gradients().toArray();
      for (Parameter parameter : captioner.parameters().all()) {
        Tensor value = parameter.value();
        long first = value.offset() - captioner.parameters().values().offset();
        for (int draw = 0; draw < 10; draw++) {
          long i = random.nextLong(value.size());
          double kept = value.get(i);
          double[] losses = new double[4];
          double[] shifts = {2 * STEP, STEP, -STEP, -2 * STEP};
          for (int k = 0; k < shifts.length; k++) {
            value.set(i, kept + shifts[k]);
            batch.train(words, counted, KEY, sum);
            losses[k] = sum.get(0) / counted;
          }
          value.set(i, kept);
          double numeric = (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / (12 * STEP);
          double own = analytic[(int) (first + i)];
          assertThat(Math.abs(own - numeric))
              .as("%s[%d]: analytic %.12g, numeric %.12g", parameter.name(), i, own, numeric)
              .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(own) + Math.abs(numeric), 0.01));
        }
      }
    }
  }
}
