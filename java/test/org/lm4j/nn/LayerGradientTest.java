package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.tensor.Tensor;

/** The gradient of each layer against five-point central differences in float64. */
class LayerGradientTest {
  private static final double STEP = 1e-4;
  private static final int NULL = 0;
  private static final RandomKey KEY = new RandomKey(7, 2);

  private final Backend backend = new ReferenceBackend();
  private final Random random = new Random(5);

  @AfterEach
  void close() {
    backend.close();
  }

  private Tensor random(int... dims) {
    Tensor tensor = backend.allocate(dims);
    randomize(tensor);
    return tensor;
  }

  private void randomize(Tensor tensor) {
    for (int i = 0; i < tensor.size(); i++) {
      double value = 0.8 * random.nextGaussian();
      // Kinks of ReLU and of the hinge stay further away than a difference reaches.
      tensor.set(i, value + Math.signum(value) * 1e-2);
    }
  }

  private Parameter parameter(String name, int... dims) {
    return new Parameter(name, random(dims), backend.allocate(dims));
  }

  private Tensor ids(int... ids) {
    Tensor tensor = backend.allocateIds(ids.length);
    backend.upload(ids, 0, ids.length, tensor);
    return tensor;
  }

  /** A loss in which every output has a different weight. */
  private static double dot(Tensor weights, Tensor y) {
    double sum = 0;
    for (int i = 0; i < y.size(); i++) {
      sum += weights.get(i) * y.get(i);
    }
    return sum;
  }

  private static double sum(Tensor x) {
    double sum = 0;
    for (double value : x.toArray()) {
      sum += value;
    }
    return sum;
  }

  private static void check(String name, DoubleSupplier loss, Tensor x, Tensor dx) {
    Differences.check(name, loss, x, dx, STEP);
  }

  private RnnState state(Cell cell) {
    return new RnnState(random(1, 2, 4), cell.hasCellState() ? random(1, 2, 4) : null);
  }

  private static List<Tensor> parts(RnnState state) {
    List<Tensor> parts = new ArrayList<>(List.of(state.h()));
    if (state.c() != null) {
      parts.add(state.cell());
    }
    return parts;
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void stepsOfEachCell(Cell cell) {
    RnnSpec spec = new RnnSpec(cell, 3, 4, 1, 0);
    try (Parameters parameters =
        new Parameters.Builder().add("", backend, spec).allocate(backend, true)) {
      parameters.all().forEach(parameter -> randomize(parameter.value()));
      RecurrentStep step =
          new RecurrentStep(backend, new Recurrent(backend, spec, parameters, "", 0));
      Tensor x1 = random(2, 3);
      Tensor x2 = random(2, 3);
      RnnState before = state(cell);
      RnnState between = state(cell);
      RnnState after = state(cell);
      RnnState dAfter = state(cell);
      Tensor dBetweenOutput = random(1, 2, 4);
      try (RecurrentStep.Cache first = step.cache(2);
          RecurrentStep.Cache second = step.cache(2)) {
        DoubleSupplier loss =
            () -> {
              step.forward(first, x1, before, between);
              step.forward(second, x2, between, after);
              double value = dot(dBetweenOutput, between.h());
              for (int i = 0; i < parts(after).size(); i++) {
                value += dot(parts(dAfter).get(i), parts(after).get(i));
              }
              return value;
            };
        assertThat(loss.getAsDouble()).isFinite();
        RnnState dBetween = state(cell);
        RnnState dBefore = state(cell);
        Tensor dx1 = random(2, 3);
        Tensor dx2 = random(2, 3);
        step.backward(second, dAfter, dx2, dBetween);
        backend.axpy(1, dBetweenOutput, dBetween.h());
        step.backward(first, dBetween, dx1, dBefore);
        check("x1", loss, x1, dx1);
        check("x2", loss, x2, dx2);
        for (int i = 0; i < parts(before).size(); i++) {
          check("state", loss, parts(before).get(i), parts(dBefore).get(i));
        }
        for (Parameter parameter : parameters.all()) {
          check(parameter.name(), loss, parameter.value(), parameter.gradient());
        }
      }
    }
  }

  @Test
  void temporalAffine() {
    Parameter w = parameter("w", 5, 3);
    Parameter b = parameter("b", 5);
    TemporalAffine layer = new TemporalAffine(new Affine(backend, w, b));
    Tensor x = random(4, 2, 3);
    Tensor y = backend.allocate(4, 2, 5);
    Tensor dy = random(4, 2, 5);
    Tensor dx = random(4, 2, 3);
    DoubleSupplier loss =
        () -> {
          layer.forward(x, y);
          return dot(dy, y);
        };
    layer.backward(x, dy, dx);
    check("x", loss, x, dx);
    check("w", loss, w.value(), w.gradient());
    check("b", loss, b.value(), b.gradient());
  }

  @ParameterizedTest
  @EnumSource(TemporalSoftmaxLoss.Average.class)
  void temporalSoftmax(TemporalSoftmaxLoss.Average average) {
    int[] words = {3, 1, 2, NULL, 1, NULL};
    Tensor targets = ids(words);
    TemporalSoftmaxLoss layer = new TemporalSoftmaxLoss(backend, NULL, average);
    int divisor = layer.divisor(words, 2);
    assertThat(divisor).isEqualTo(average == TemporalSoftmaxLoss.Average.SEQUENCES ? 2 : 4);
    Tensor scores = random(3, 2, 4);
    Tensor losses = backend.allocate(6);
    DoubleSupplier loss =
        () -> {
          layer.loss(scores, targets, losses);
          return sum(losses) / divisor;
        };
    Tensor gradient = backend.allocate(3, 2, 4);
    backend.copy(scores, gradient);
    layer.lossAndGradient(gradient, targets, divisor, losses);
    check("scores", loss, scores, gradient);
  }

  @ParameterizedTest
  @EnumSource(ClassLoss.class)
  void classLosses(ClassLoss kind) {
    Tensor scores = random(4, 5);
    Tensor targets = ids(2, 0, SoftmaxOutput.IGNORE, 4);
    Tensor work = backend.allocate(4, 5);
    Tensor losses = backend.allocate(4);
    DoubleSupplier loss =
        () -> {
          backend.copy(scores, work);
          kind.lossAndGradient(backend, work, targets, 0.25, losses);
          return 0.25 * sum(losses);
        };
    assertThat(loss.getAsDouble()).isFinite();
    Tensor gradient = backend.allocate(4, 5);
    backend.copy(work, gradient);
    check("scores", loss, scores, gradient);
  }

  @ParameterizedTest
  @EnumSource(WeightPenalty.Convention.class)
  void weightPenalty(WeightPenalty.Convention convention) {
    Parameter one = parameter("one", 3, 4);
    Parameter two = parameter("two", 2, 3);
    Tensor total = backend.allocate(1);
    try (WeightPenalty penalty = new WeightPenalty(backend, List.of(one, two), 0.3, convention)) {
      DoubleSupplier loss =
          () -> {
            backend.fill(total, 2);
            penalty.addLoss(1, total);
            return total.get(0);
          };
      double squares = dot(one.value(), one.value()) + dot(two.value(), two.value());
      double factor = convention == WeightPenalty.Convention.HALF ? 0.15 : 0.3;
      assertThat(Math.abs(loss.getAsDouble() - 2 - factor * squares)).isLessThan(1e-12);
      penalty.addGradient();
      check("one", loss, one.value(), one.gradient());
      check("two", loss, two.value(), two.gradient());
    }
  }

  @Test
  void reluAndDropout() {
    Relu relu = new Relu(backend);
    Dropout dropout = new Dropout(backend, 0.4, 3);
    Tensor x = random(5, 6);
    Tensor y = backend.allocate(5, 6);
    Tensor z = backend.allocate(5, 6);
    Tensor dz = random(5, 6);
    DoubleSupplier loss =
        () -> {
          relu.forward(x, y);
          dropout.forward(y, z, KEY);
          return dot(dz, z);
        };
    assertThat(loss.getAsDouble()).isFinite();
    Tensor dx = backend.allocate(5, 6);
    dropout.backward(dz, dx, KEY);
    relu.backward(y, dx, dx);
    check("x", loss, x, dx);
  }

  @Test
  void embedding() {
    Parameter table = parameter("table", 4, 3);
    Embedding layer = new Embedding(backend, table);
    Tensor words = ids(2, 0, 2, 3);
    Tensor y = backend.allocate(4, 3);
    Tensor dy = random(4, 3);
    DoubleSupplier loss =
        () -> {
          layer.forward(words, y);
          return dot(dy, y);
        };
    layer.backward(words, dy);
    check("table", loss, table.value(), table.gradient());
  }
}
