package org.lm4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/** Steps that leave out rows without a gradient have the same result, to the bit, on the CPU. */
class SparseUpdateTest {
  private static final int ROWS = 300;
  private static final int STEPS = 4;
  private static final List<UpdateRule> RULES =
      List.of(
          new UpdateRule.Sgd(0, false, 0),
          new UpdateRule.AdaGrad(1e-10, 0),
          new UpdateRule.Sgd(0.9, false, 0), // the following take the whole gradient
          new UpdateRule.Sgd(0, false, 0.1),
          new UpdateRule.RmsProp(0.99, 1e-8, 0),
          new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false));

  @TestFactory
  Stream<DynamicTest> theSameBitsAsOfTheWholeGradient() {
    return RULES.stream()
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.toString(),
                    () -> {
                      for (int threads = 1; threads <= 3; threads++) {
                        double[] whole = trained(rule, threads, false);
                        assertThat(trained(rule, threads, true)).isEqualTo(whole);
                      }
                    }));
  }

  /** Returns weights and moments after some steps, and the norm of the last one. */
  private static double[] trained(UpdateRule rule, int threads, boolean sparse) {
    try (Backend backend = new CpuBackend(null, threads);
        Parameters parameters =
            new Parameters.Builder()
                .add("first", 41)
                .add("table", ROWS, 83)
                .add("between", 7)
                .add("bias", ROWS)
                .add("last", 1001)
                .allocate(backend, true)) {
      SplittableRandom random = new SplittableRandom(3);
      fill(parameters.values(), random);
      TouchedRows touched = new TouchedRows(ROWS);
      SparseGradient some = parameters.sparse(Map.of("table", touched, "bias", touched));
      try (Optimizer optimizer =
          new Optimizer(backend, parameters, rule, Clipping.NONE, sparse ? some : null)) {
        double norm = 0;
        for (int step = 0; step < STEPS; step++) {
          norm = gradients(parameters, touched, random);
          optimizer.step(0.1);
          assertThat(optimizer.norm().get(0)).isCloseTo(norm, within(1e-5 * norm));
          assertThat(parameters.gradients().toArray()).containsOnly(0);
        }
        return Stream.concat(Stream.of(parameters.values()), optimizer.moments().stream())
            .flatMapToDouble(tensor -> Arrays.stream(tensor.toArray()))
            .toArray();
      }
    }
  }

  private static void fill(Tensor tensor, SplittableRandom random) {
    for (long i = 0; i < tensor.size(); i++) {
      tensor.set(i, random.nextDouble() - 0.5);
    }
  }

  /** Draws gradients of some rows and of everything else; returns their norm. */
  private static double gradients(
      Parameters parameters, TouchedRows touched, SplittableRandom random) {
    touched.clear();
    touched.add(random.ints(70, 0, ROWS).toArray(), 70);
    for (String name : List.of("first", "between", "last")) {
      fill(parameters.get(name).gradient(), random);
    }
    for (int i = 0; i < touched.count(); i++) {
      fill(parameters.get("table").gradient().slice(touched.row(i), 1), random);
      fill(parameters.get("bias").gradient().slice(touched.row(i), 1), random);
    }
    double squares = 0;
    for (double value : parameters.gradients().toArray()) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  @Test
  void whatWouldNotBeTheSameIsRefused() {
    try (Backend backend = new CpuBackend(null, 1);
        Parameters parameters = new Parameters.Builder().add("w", 4, 2).allocate(backend, true)) {
      Tensor w = parameters.values();
      SparseGradient g = parameters.sparse(Map.of("w", new TouchedRows(4)));
      UpdateRule decays = new UpdateRule.Sgd(0, false, 0.1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.update(decays, w, g, List.of(), null, 0.1, 1))
          .withMessageContaining("changes weights without a gradient");
      SparseGradient outside =
          new SparseGradient(
              g.flat(), List.of(), List.of(new SparseGradient.Table(1, 2, new TouchedRows(400))));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.gradientNorm(outside, 1, backend.allocate(2)))
          .withMessageContaining("is not in g");
    }
  }
}
