package org.lm4j.task.lm;

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
import org.lm4j.model.DropoutRates;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;

/**
 * The gradient of the mean loss of whole language models against central differences in float64,
 * over two windows with the state carried, so that everything a training step does is covered.
 */
class ModelGradientTest {
  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int VOCABULARY = 7;
  private static final double STEP = 1e-4;
  private static final double STEP_RELU = 1e-6; // small, not to step over a kink
  private static final double TOLERANCE = 1e-7;
  private static final RandomKey KEY = new RandomKey(42, 3);

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithNumericDifferences() {
    List<LanguageModelConfig> configs = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      for (int layers = 1; layers <= 3; layers++) {
        for (double dropout : new double[] {0, 0.3}) {
          configs.add(new LanguageModelConfig(cell, VOCABULARY, 5, 6, layers, dropout, false));
          configs.add(new LanguageModelConfig(cell, VOCABULARY, 6, 6, layers, dropout, true));
          double weights = cell.hasRecurrentWeights() ? 0.4 : 0;
          for (double embedding : new double[] {0, 0.2}) {
            DropoutRates rates = new DropoutRates(dropout, embedding, weights);
            configs.add(new LanguageModelConfig(cell, VOCABULARY, 5, 6, layers, rates, false));
          }
        }
      }
    }
    LanguageModelConfig dropped =
        new LanguageModelConfig(Cell.LSTM, VOCABULARY, 5, 6, 2, 0.3, false);
    configs.add(dropped.withOutput(OutputConfig.adaptive(List.of(2, 4), 2)));
    configs.add(dropped.withOutput(OutputConfig.sampled(3, false)));
    LanguageModelConfig tied = new LanguageModelConfig(Cell.GRU, VOCABULARY, 6, 6, 1, 0, true);
    configs.add(tied.withOutput(OutputConfig.sampled(3, true)));
    return configs.stream()
        .map(config -> DynamicTest.dynamicTest(config.toString(), () -> check(config)));
  }

  private static void check(LanguageModelConfig config) {
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = prepared(backend, config);
        Window window = model.window(STEPS, BATCH, true);
        CarriedState state = model.newState(BATCH)) {
      model.initialize(new Initialization(0.7, 1), 5);
      // A state that is not zero, from a window before; gradients do not flow into it.
      window.load(tokens(1, 0), tokens(2, 0));
      window.train(state, KEY, STEPS * BATCH);
      state.advance();
      int[] inputs = tokens(3, 0);
      int[] targets = tokens(4, 0);
      targets[5] = SoftmaxOutput.IGNORE;
      int scored = STEPS * BATCH - 1;
      backend.fill(model.parameters().gradients(), 0);
      window.load(inputs, targets);
      window.train(state, KEY, scored);
      double[] analytic = model.parameters().gradients().toArray();
      Random choice = new Random(11);
      for (Parameter parameter : model.parameters().all()) {
        Tensor value = parameter.value();
        long first = value.offset() - model.parameters().values().offset();
        for (int draw = 0; draw < 12; draw++) {
          long i = choice.nextLong(value.size());
          double h = config.cell() == Cell.RNN_RELU ? STEP_RELU : STEP;
          double numeric = numeric(window, state, value, i, h);
          double own = analytic[(int) (first + i)];
          assertThat(Math.abs(own - numeric))
              .as("%s[%d]: analytic %.12g, numeric %.12g", parameter.name(), i, own, numeric)
              .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(own) + Math.abs(numeric), 0.01));
        }
      }
    }
  }

  private static LanguageModelNetwork prepared(Backend backend, LanguageModelConfig config) {
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
    if (config.output().isSampled()) {
      model.train(LargeVocabulary.of(config, new long[] {9, 5, 4, 3, 2, 1, 1}));
    }
    return model;
  }

  /** Five-point central difference: its error is of order h⁴. */
  private static double numeric(Window window, CarriedState state, Tensor value, long i, double h) {
    double kept = value.get(i);
    double[] losses = new double[4];
    double[] shifts = {2 * h, h, -h, -2 * h};
    int scored = STEPS * BATCH - 1;
    for (int k = 0; k < shifts.length; k++) {
      value.set(i, kept + shifts[k]);
      window.train(state, KEY, scored);
      double sum = 0;
      for (double loss : window.losses().toArray()) {
        sum += loss;
      }
      losses[k] = sum / scored;
    }
    value.set(i, kept);
    return (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / (12 * h);
  }

  private static int[] tokens(long seed, int from) {
    return new Random(seed).ints(STEPS * BATCH, from, VOCABULARY).toArray();
  }
}
