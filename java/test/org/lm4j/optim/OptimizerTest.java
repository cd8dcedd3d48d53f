package org.lm4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/** Clipping and the steps of an optimizer, against numbers computed by hand. */
class OptimizerTest {
  private static final double NONE = Double.POSITIVE_INFINITY;
  private static final UpdateRule SGD = new UpdateRule.Sgd(0, false, 0);

  private final ReferenceBackend backend = new ReferenceBackend();
  private final Parameters parameters =
      new Parameters.Builder().add("w", 3).allocate(backend, true);
  private Tensor w = parameters.get("w").value();
  private Tensor gradient = parameters.viewIn(parameters.gradients(), parameters.get("w"));

  @BeforeEach
  void weights() {
    set(w, 1, 2, 3);
    set(gradient, 3, -4, 0.5);
  }

  @AfterEach
  void close() {
    parameters.close();
    backend.close();
  }

  private static void set(Tensor tensor, double... values) {
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
  }

  private static void assertValues(Tensor tensor, double... values) {
    assertThat(tensor.toArray()).containsExactly(values, within(1e-12));
  }

  private void step(UpdateRule rule, Clipping clipping, double rate, double norm, double factor) {
    try (Optimizer optimizer = new Optimizer(backend, parameters, rule, clipping)) {
      optimizer.step(rate);
      assertThat(optimizer.steps()).isEqualTo(1);
      assertValues(optimizer.norm(), norm, factor);
    }
  }

  @Test
  void withoutLimitsGradientsAreTakenAsTheyAre() {
    step(SGD, Clipping.NONE, 0.1, 5.024937810560445, 1);
    assertValues(w, 0.7, 2.4, 2.95);
    assertValues(gradient, 0, 0, 0);
  }

  @Test
  void aNormAboveTheLimitScalesAllGradients() {
    double factor = 2 / (5.024937810560445 + 1e-6);
    step(SGD, new Clipping(2, NONE), 0.1, 5.024937810560445, factor);
    assertValues(w, 1 - 0.3 * factor, 2 + 0.4 * factor, 3 - 0.05 * factor);
  }

  @Test
  void aNormBelowTheLimitChangesNothing() {
    step(SGD, new Clipping(5.1, NONE), 0.1, 5.024937810560445, 1);
    assertValues(w, 0.7, 2.4, 2.95);
  }

  @Test
  void valuesAreClippedBeforeTheNormIsTaken() {
    // (3, -4, 0.5) becomes (2, -2, 0.5), whose norm is the square root of 8.25.
    double factor = 1 / (2.8722813232690143 + 1e-6);
    step(SGD, new Clipping(1, 2), 0.1, 2.8722813232690143, factor);
    assertValues(w, 1 - 0.2 * factor, 2 + 0.2 * factor, 3 - 0.05 * factor);
  }

  @Test
  void valuesAloneAreClippedToTheirLimit() {
    step(SGD, new Clipping(NONE, 1), 0.1, 1.5, 1); // (1, -1, 0.5)
    assertValues(w, 0.9, 2.1, 2.95);
  }

  @Test
  void momentsAndStepsAreCarriedFromStepToStep() {
    try (Optimizer optimizer =
        new Optimizer(backend, parameters, new UpdateRule.Sgd(0.5, false, 0), Clipping.NONE)) {
      optimizer.step(0.1); // buffer = g
      set(gradient, 1, 1, 1);
      optimizer.step(0.1); // buffer = g / 2 + 1 = (2.5, -1, 1.25)
      assertValues(w, 0.7 - 0.25, 2.4 + 0.1, 2.95 - 0.125);
      assertThat(optimizer.steps()).isEqualTo(2);
      assertThat(optimizer.moments()).hasSize(1);
      assertValues(
          parameters.viewIn(optimizer.moments().getFirst(), parameters.get("w")), 2.5, -1, 1.25);
    }
  }

  /** The corrections of Adam's moments depend on the number of the step. */
  @Test
  void stepsThatWereSetCount() {
    UpdateRule adam = new UpdateRule.Adam(0.9, 0.999, 0, 0, false);
    step(adam, Clipping.NONE, 0.1, 5.024937810560445, 1);
    assertValues(w, 0.9, 2.1, 2.9); // at step 1 by the rate itself, whatever the gradient is
    weights();
    try (Optimizer optimizer = new Optimizer(backend, parameters, adam, Clipping.NONE)) {
      optimizer.setSteps(1);
      optimizer.step(0.1);
      // m / (1 - 0.81) over the root of v / (1 - 0.998001), with m = 0.1 g and v = 0.001 g²
      double moved = 0.1 * (0.1 / 0.19) / Math.sqrt(0.001 / 0.001999);
      assertValues(w, 1 - moved, 2 + moved, 3 - moved);
      assertThat(optimizer.steps()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.NEGATIVE_INFINITY})
  void limitsThatAreNotPositiveAreRefused(double limit) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Clipping(limit, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Clipping(1, limit));
  }
}
