package org.lm4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.compute.Cell;

class CellStepTest {
  private static final int D = 3;
  private static final int H = 4;
  private static final double STEP = 1e-6;

  private final SplittableRandom random = new SplittableRandom(99);

  private double[] draw(int count) {
    return random.doubles(count, -1, 1).toArray();
  }

  private Map<String, double[]> given(Cell cell) {
    Map<String, double[]> given = CellStep.arrays(cell, D, H);
    given
        .values()
        .forEach(array -> System.arraycopy(draw(array.length), 0, array, 0, array.length));
    return given;
  }

  private static double loss(CellStep step, Map<String, double[]> outputGradients) {
    double loss = 0;
    for (Map.Entry<String, double[]> output : step.outputs().entrySet()) {
      double[] d = Objects.requireNonNull(outputGradients.get(output.getKey()));
      for (int j = 0; j < d.length; j++) {
        loss += d[j] * output.getValue()[j];
      }
    }
    return loss;
  }

  @ParameterizedTest
  @EnumSource
  void theGradientOfEveryArrayAgreesWithCentralDifferences(Cell cell) {
    Map<String, double[]> given = given(cell);
    Map<String, double[]> outputGradients = Map.of("h'", draw(H), "c'", draw(H));
    CellStep step = CellStep.of(cell, given, outputGradients);
    assertThat(step.gradients().keySet()).containsExactlyElementsOf(given.keySet());
    for (String name : given.keySet()) {
      double[] analytic = Objects.requireNonNull(step.gradients().get(name));
      double[] array = Objects.requireNonNull(given.get(name));
      assertThat(analytic).hasSameSizeAs(array);
      for (int i = 0; i < array.length; i++) {
        double value = array[i];
        array[i] = value + STEP;
        double above = loss(CellStep.of(cell, given, outputGradients), outputGradients);
        array[i] = value - STEP;
        double below = loss(CellStep.of(cell, given, outputGradients), outputGradients);
        array[i] = value;
        assertThat(analytic[i])
            .as("%s[%d]", name, i)
            .isCloseTo((above - below) / (2 * STEP), within(1e-8));
      }
    }
  }

  /** The one number of an array of length 1. */
  private static double only(Map<String, double[]> arrays, String name) {
    double[] array = Objects.requireNonNull(arrays.get(name), name);
    assertThat(array).hasSize(1);
    return array[0];
  }

  /** CS231n's numbers would not do: its LSTM has another gate order. These are by hand. */
  @Test
  void anLstmOfOneUnitIsWhatTheEquationsSay() {
    Map<String, double[]> given = new LinkedHashMap<>();
    given.put("x", new double[] {2});
    given.put("h", new double[] {0.5});
    given.put("c", new double[] {-1});
    given.put("W", new double[] {0, 0.5, 1, -0.5});
    given.put("b", new double[] {0, 0, 0, 1});
    given.put("U", new double[] {0, 2, -2, 0});
    given.put("bU", new double[] {0, 1, 0, 0});
    CellStep step =
        CellStep.of(Cell.LSTM, given, Map.of("h'", new double[] {1}, "c'", new double[] {0}));
    double f = 1 / (1 + Math.exp(-3)); // 0.5 · 2 + 2 · 0.5 + 1
    double g = Math.tanh(1); // 1 · 2 - 2 · 0.5
    double c = -f + 0.5 * g;
    assertThat(step.gates().keySet()).containsExactly("i", "f", "g", "o");
    assertThat(only(step.gates(), "i")).isEqualTo(0.5);
    assertThat(only(step.gates(), "f")).isCloseTo(f, within(1e-15));
    assertThat(only(step.gates(), "g")).isCloseTo(g, within(1e-15));
    assertThat(only(step.gates(), "o")).isEqualTo(0.5); // -0.5 · 2 + 1 = 0
    assertThat(only(step.outputs(), "c'")).isCloseTo(c, within(1e-15));
    assertThat(only(step.outputs(), "h'")).isCloseTo(0.5 * Math.tanh(c), within(1e-15));
  }

  @Test
  void arraysHaveToBeThereAndToFit() {
    Map<String, double[]> given = given(Cell.GRU);
    Map<String, double[]> gradients = Map.of("h'", new double[H]);
    given.put("U", new double[5]);
    assertThatThrownBy(() -> CellStep.of(Cell.GRU, given, gradients))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the array U has 48 numbers, not 5");
    given.remove("U");
    assertThatThrownBy(() -> CellStep.of(Cell.GRU, given, gradients))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a step needs the array U");
  }
}
