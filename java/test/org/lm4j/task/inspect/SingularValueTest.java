package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.Tensor;

class SingularValueTest {
  private static void check(double expected, int columns, double... matrix) {
    SingularValue found = SingularValue.largest(matrix, columns);
    assertThat(found.converged()).isTrue();
    assertThat(found.value()).isCloseTo(expected, within(1e-9 * expected));
  }

  @Test
  void knowsMatricesWhoseValuesAreKnown() {
    check(3, 2, 3, 0, 0, -2);
    check(7, 1, 7);
    check(5, 1, 3, 4);
    check(5, 2, 3, 4);
    check(1, 2, 0.6, -0.8, 0.8, 0.6); // a rotation: every vector keeps its length
    check(2, 3, 0, 2, 0, 0, 0, 1, 0.5, 0, 0); // no eigenvalue but 1 in modulus
    check((1 + Math.sqrt(5)) / 2, 2, 1, 1, 0, 1); // the golden ratio, both eigenvalues being 1
    check(6, 2, 1, 2, 2, 4, -1, -2, Math.sqrt(1.2), 2 * Math.sqrt(1.2)); // rank one: ‖u‖ ‖v‖
    check(1e150, 2, 1e150, 0, 0, 1);
    check(3e-300, 2, 0, 3e-300, 0, 0);
  }

  /** {@code A = H(u) D H(v)} with reflections around it has the singular values of {@code D}. */
  @Test
  void findsTheLargestOfAMatrixMadeFromIt() {
    int n = 40;
    double[] u = unit(n, 1);
    double[] v = unit(n, 2);
    double[] matrix = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          double left = (i == k ? 1 : 0) - 2 * u[i] * u[k];
          double right = (k == j ? 1 : 0) - 2 * v[k] * v[j];
          matrix[i * n + j] += left * (2.5 - 0.05 * k) * right;
        }
      }
    }
    check(2.5, n, matrix);
  }

  private static double[] unit(int n, long seed) {
    double[] v = new Random(seed).doubles(n, -1, 1).toArray();
    double length = 0;
    for (double x : v) {
      length += x * x;
    }
    for (int i = 0; i < n; i++) {
      v[i] /= Math.sqrt(length);
    }
    return v;
  }

  @Test
  void saysWhenItIsOnlyABound() {
    // Neighbours 1e-4 apart, which take about 1e5 steps to separate to 1e-6.
    SingularValue close = SingularValue.largest(new double[] {1, 0, 0, 1 - 1e-4}, 2);
    assertThat(close.converged()).isFalse();
    assertThat(close.value()).isBetween(1 - 1e-4, 1.0);
  }

  @Test
  void zeroIsZeroAndWhatIsNotFiniteHasNone() {
    assertThat(SingularValue.largest(new double[6], 3)).isEqualTo(new SingularValue(0, true));
    assertThat(SingularValue.largest(new double[] {1, Double.NaN, 2, 3}, 2).value()).isNaN();
    assertThat(SingularValue.largest(new double[] {1, Double.NEGATIVE_INFINITY}, 2).value())
        .isNaN();
    assertThatThrownBy(() -> SingularValue.largest(new double[5], 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"RNN_TANH", "RNN_RELU", "LSTM", "GRU"})
  void eachGateIsABlockOfTheWhole(Cell cell) {
    for (Backend open : new Backend[] {new ReferenceBackend(), new CpuBackend(null, 1)}) {
      try (Backend backend = open;
          LanguageModelNetwork model =
              new LanguageModelNetwork(
                  backend, new LanguageModelConfig(cell, 5, 6, 6, 2, 0, false), false)) {
        int gates = RecurrentSpectrum.gateNames(cell).size();
        double[] weights = new double[gates * 36];
        for (int i = 0; i < 6; i++) {
          for (int g = 0; g < gates; g++) { // the identity, times 1, 2, 3, …
            weights[g * 36 + i * 7] = g + 1;
          }
        }
        upload(backend, weights, model);
        RecurrentSpectrum layer = RecurrentSpectrum.of(model).get(1);
        double squares = 0;
        for (int g = 0; g < gates; g++) {
          assertThat(layer.gates().get(g).value()).isCloseTo(g + 1, within(1e-9));
          squares += (g + 1.0) * (g + 1.0);
        }
        assertThat(layer.gates()).hasSize(gates);
        assertThat(layer.whole().value()).isCloseTo(Math.sqrt(squares), within(1e-9));
        assertThat(RecurrentSpectrum.of(model).getFirst().whole().value()).isZero();
      }
    }
  }

  private static void upload(Backend backend, double[] weights, LanguageModelNetwork model) {
    try (Backend host = new ReferenceBackend()) {
      Tensor values = host.allocate(weights.length);
      for (int i = 0; i < weights.length; i++) {
        values.set(i, weights[i]);
      }
      backend.upload(values, model.parameters().get("rnn.weight_hh_l1").value());
      values.storage().close();
    }
  }
}
