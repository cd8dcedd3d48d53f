package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnSpec;

/**
 * Tests one unit of each cell, computed by hand: σ(ln 3) = 3/4, σ(0) = 1/2, tanh(ln 2) = 3/5,
 * tanh(0) = 0.
 */
class WorkedExampleTest {
  private static final double LN2 = Math.log(2);
  private static final double LN3 = Math.log(3);
  private static final Offset<Double> EXACT = within(1e-15);

  private final Backend backend = new ReferenceBackend();

  @AfterEach
  void close() {
    backend.close();
  }

  /** Creates one unit with one input of 1, no biases and one step. */
  private WorkedExample unit(Cell cell, double h, double[] w, double[] u, double dh) {
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("x", new double[] {1});
    values.put("h", new double[] {h});
    values.put("W", w);
    values.put("U", u);
    values.put("b", new double[cell.gates()]);
    values.put("bU", new double[cell.gates()]);
    values.put("dh", new double[] {dh});
    return WorkedExample.of(backend, new CellNumbers(new RnnSpec(cell, 1, 1, 1, 0), 1, values));
  }

  private static void assertGradient(WorkedExample example, String of, double... expected) {
    WorkedExample.Gradient gradient =
        example.gradients().stream().filter(each -> each.of().equals(of)).findAny().orElseThrow();
    assertThat(gradient.analytic()).as(of).containsExactly(expected, EXACT);
    assertThat(gradient.numeric()).as(of).containsExactly(expected, within(1e-9));
    assertThat(gradient.passes()).isTrue();
  }

  private static double value(WorkedExample.Step step, String name) {
    return element(step, name, 0);
  }

  private static double element(WorkedExample.Step step, String name, int j) {
    return Objects.requireNonNull(step.between().get(name))[j];
  }

  private static double cell(WorkedExample.Step step, int j) {
    return Objects.requireNonNull(step.c())[j];
  }

  @Test
  void anElmanStepIsTheOneComputedByHand() {
    // a = ln 2 / 2 + 0.5 · ln 2 = ln 2, h[1] = 3/5, da = 2 (1 - 9/25) = 1.28
    WorkedExample example = unit(Cell.RNN_TANH, 0.5, new double[] {LN2 / 2}, new double[] {LN2}, 2);
    assertThat(value(example.forward().getFirst(), "a")).isCloseTo(LN2, EXACT);
    assertThat(example.forward().getFirst().h()).containsExactly(new double[] {0.6}, EXACT);
    assertThat(example.forward().getFirst().c()).isNull();
    assertGradient(example, "W", 1.28);
    assertGradient(example, "U", 0.64);
    assertGradient(example, "b", 1.28);
    assertGradient(example, "bU", 1.28);
    assertGradient(example, "x", 1.28 * LN2 / 2);
    assertGradient(example, "h", 1.28 * LN2);
    assertThat(example.gradients()).hasSize(6);
  }

  @Test
  void aReluStepIsTheOneComputedByHand() {
    // a = 0.75 + 0.5 · 0.5 = 1
    WorkedExample on = unit(Cell.RNN_RELU, 0.5, new double[] {0.75}, new double[] {0.5}, 3);
    assertThat(on.forward().getFirst().h()).containsExactly(1);
    assertGradient(on, "W", 3);
    assertGradient(on, "U", 1.5);
    assertGradient(on, "x", 2.25);
    assertGradient(on, "h", 1.5);
    WorkedExample off = unit(Cell.RNN_RELU, 0.5, new double[] {-0.75}, new double[] {0.5}, 3);
    assertThat(off.forward().getFirst().between().get("a")).containsExactly(-0.5);
    assertThat(off.forward().getFirst().h()).containsExactly(0);
    assertGradient(off, "W", 0);
    assertGradient(off, "h", 0);
  }

  @Test
  void atAKinkNoNumericGradientIsComparedWith() {
    WorkedExample kink = unit(Cell.RNN_RELU, 0.5, new double[] {-0.25}, new double[] {0.5}, 3);
    WorkedExample.Gradient dw = kink.gradients().get(2);
    assertThat(dw.of()).isEqualTo("W");
    assertThat(dw.isKink(0)).isTrue();
    assertThat(dw.largestError()).isZero();
    assertThat(kink.passes()).isTrue();
  }

  @Test
  void anLstmStepIsTheOneComputedByHand() {
    // i = 3/4, f = 1/2, g = 3/5, o = 3/4; c[1] = c/2 + 9/20 = ln 2, h[1] = 3/4 · 3/5
    double c = 2 * (LN2 - 0.45);
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("x", new double[] {1});
    values.put("h", new double[] {0.5});
    values.put("c", new double[] {c});
    values.put("W", new double[] {LN3, -LN3, LN2, 0});
    values.put("U", new double[] {0, 2 * LN3, 0, 2 * LN3});
    values.put("b", new double[4]);
    values.put("bU", new double[4]);
    values.put("dh", new double[] {1});
    values.put("dc", new double[] {0.02});
    WorkedExample example =
        WorkedExample.of(backend, new CellNumbers(new RnnSpec(Cell.LSTM, 1, 1, 1, 0), 1, values));
    WorkedExample.Step step = example.forward().getFirst();
    assertThat(step.between().keySet())
        .containsExactly("a_i", "a_f", "a_g", "a_o", "i", "f", "g", "o");
    assertThat(value(step, "a_f")).isCloseTo(0, EXACT);
    assertThat(value(step, "i")).isCloseTo(0.75, EXACT);
    assertThat(value(step, "f")).isCloseTo(0.5, EXACT);
    assertThat(value(step, "g")).isCloseTo(0.6, EXACT);
    assertThat(value(step, "o")).isCloseTo(0.75, EXACT);
    assertThat(step.c()).containsExactly(new double[] {LN2}, EXACT);
    assertThat(step.h()).containsExactly(new double[] {0.45}, EXACT);
    // dc = 0.02 + 3/4 · 16/25 = 1/2
    double[] da = {0.5 * 0.6 * 0.1875, 0.5 * c * 0.25, 0.5 * 0.75 * 0.64, 0.6 * 0.1875};
    assertGradient(example, "b", da);
    assertGradient(example, "W", da);
    assertGradient(example, "U", da[0] / 2, da[1] / 2, da[2] / 2, da[3] / 2);
    assertGradient(example, "c", 0.25);
    assertGradient(example, "x", da[0] * LN3 - da[1] * LN3 + da[2] * LN2);
    assertGradient(example, "h", 2 * LN3 * (da[1] + da[3]));
  }

  @Test
  void aGruStepIsTheOneComputedByHand() {
    // r = 3/4, z = 1/2, u_n = 0.5 · (ln 2 · 8/3) = 4/3 ln 2, a_n = 0 + r u_n = ln 2, n = 3/5
    double u = LN2 * 8 / 3;
    WorkedExample example =
        unit(Cell.GRU, 0.5, new double[] {LN3, 0, 0}, new double[] {0, 0, u}, 1);
    WorkedExample.Step step = example.forward().getFirst();
    assertThat(step.between().keySet()).containsExactly("a_r", "a_z", "r", "z", "u_n", "a_n", "n");
    assertThat(value(step, "r")).isCloseTo(0.75, EXACT);
    assertThat(value(step, "z")).isCloseTo(0.5, EXACT);
    assertThat(value(step, "u_n")).isCloseTo(LN2 * 4 / 3, EXACT);
    assertThat(value(step, "n")).isCloseTo(0.6, EXACT);
    assertThat(step.h()).containsExactly(new double[] {0.55}, EXACT);
    double dn = 0.5 * 0.64; // (1 - z)(1 - n²)
    double dz = (0.5 - 0.6) * 0.25;
    double dr = dn * LN2 * 4 / 3 * 0.1875;
    assertGradient(example, "b", dr, dz, dn);
    assertGradient(example, "bU", dr, dz, dn * 0.75);
    assertGradient(example, "W", dr, dz, dn);
    assertGradient(example, "U", dr / 2, dz / 2, dn * 0.75 / 2);
    assertGradient(example, "x", dr * LN3);
    assertGradient(example, "h", 0.5 + dn * 0.75 * u);
  }

  @Test
  void aMinGruStepIsTheOneComputedByHand() {
    // z = 3/4, candidate = 2, h[1] = 1/4 · 1/2 + 3/4 · 2
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("x", new double[] {1});
    values.put("h", new double[] {0.5});
    values.put("W", new double[] {LN3, 1.5});
    values.put("b", new double[] {0, 0.5});
    values.put("dh", new double[] {1});
    WorkedExample example =
        WorkedExample.of(
            backend, new CellNumbers(new RnnSpec(Cell.MIN_GRU, 1, 1, 1, 0), 1, values));
    WorkedExample.Step step = example.forward().getFirst();
    assertThat(step.between().keySet()).containsExactly("a_z", "z", "h~");
    assertThat(value(step, "a_z")).isCloseTo(LN3, EXACT);
    assertThat(value(step, "z")).isCloseTo(0.75, EXACT);
    assertThat(value(step, "h~")).isCloseTo(2, EXACT);
    assertThat(step.h()).containsExactly(new double[] {1.625}, EXACT);
    double dz = (2 - 0.5) * 0.1875;
    assertGradient(example, "W", dz, 0.75);
    assertGradient(example, "b", dz, 0.75);
    assertGradient(example, "x", dz * LN3 + 0.75 * 1.5);
    assertGradient(example, "h", 0.25);
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void gradientsThroughSeveralStepsPassAndEachStepContinuesTheOneBefore(Cell cell) {
    CellNumbers numbers = CellNumbers.draw(new RnnSpec(cell, 3, 2, 1, 0), 4, 1);
    WorkedExample example = WorkedExample.of(backend, numbers);
    assertThat(example.passes()).isTrue();
    assertThat(example.forward()).hasSize(4);
    for (WorkedExample.Gradient gradient : example.gradients()) {
      assertThat(gradient.largestError()).as(gradient.of()).isLessThan(1e-6);
    }
    assertThat(example.gradients().stream().map(WorkedExample.Gradient::of))
        .containsExactlyElementsOf(
            Stream.of("x", "h", "c", "W", "U", "b", "bU")
                .filter(name -> !name.equals("c") || cell.hasCellState())
                .filter(name -> !name.contains("U") || cell.hasRecurrentWeights())
                .toList());
  }

  @Test
  void theStatesFollowFromTheGatesShown() {
    CellNumbers numbers = CellNumbers.draw(new RnnSpec(Cell.LSTM, 2, 3, 1, 0), 2, 7);
    List<WorkedExample.Step> steps = WorkedExample.of(backend, numbers).forward();
    WorkedExample.Step second = steps.get(1);
    for (int j = 0; j < 3; j++) {
      double c =
          element(second, "f", j) * cell(steps.get(0), j)
              + element(second, "i", j) * element(second, "g", j);
      assertThat(cell(second, j)).isCloseTo(c, within(1e-14));
      assertThat(second.h()[j]).isCloseTo(element(second, "o", j) * Math.tanh(c), within(1e-14));
    }
  }

  @Test
  void aWrongGradientDoesNotPass() {
    Backend wrong =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(backend, arguments);
                    if (method.getName().equals("rnnBackward")) {
                      backend.scale(
                          1.001,
                          ((RnnGradients) arguments[2]).dWeights().layers().get(0).weightHh());
                    }
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    CellNumbers numbers = CellNumbers.draw(new RnnSpec(Cell.GRU, 3, 2, 1, 0), 2, 1);
    WorkedExample example = WorkedExample.of(wrong, numbers);
    assertThat(example.passes()).isFalse();
    assertThat(example.gradients().stream().filter(each -> !each.passes()))
        .extracting(WorkedExample.Gradient::of)
        .containsExactly("U");
  }

  @Test
  void whatCannotBeComputedIsRefused() {
    CellNumbers numbers = CellNumbers.draw(new RnnSpec(Cell.GRU, 3, 2, 1, 0), 2, 1);
    try (Backend single = new CpuBackend(null, 1)) {
      assertThatThrownBy(() -> WorkedExample.of(single, numbers))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("numeric gradients need float64, not the backend cpu");
    }
    assertThatThrownBy(() -> CellNumbers.draw(new RnnSpec(Cell.GRU, 3000, 2000, 1, 0), 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3,000")
        .hasMessageContaining("too large for numeric gradients");
    Map<String, double[]> cut = new LinkedHashMap<>(numbers.values());
    cut.put("U", new double[5]);
    assertThatThrownBy(() -> new CellNumbers(numbers.spec(), 2, cut))
        .hasMessage("U needs 12 numbers, not 5");
    cut.remove("U");
    assertThatThrownBy(() -> new CellNumbers(numbers.spec(), 2, cut))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
