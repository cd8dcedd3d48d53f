package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/** Whether training computes on every backend what it does on the reference. */
public final class BackendAgreement {
  private static final double TOLERANCE = 1e-5;

  private BackendAgreement() {}

  /**
   * A test for each backend and configuration.
   *
   * @param train what comes out of training on a backend, such as losses and {@link #gradients}
   */
  public static <C> Stream<DynamicTest> tests(
      BiFunction<Backend, C, double[]> train, Stream<C> configs) {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put("cpu", () -> new CpuBackend(null, 2));
    backends.put("cuda, on fake libraries", CudaOnFakes::open);
    return configs.flatMap(
        config ->
            backends.entrySet().stream()
                .map(
                    backend ->
                        DynamicTest.dynamicTest(
                            backend.getKey() + " " + config,
                            () -> check(train, backend.getValue(), config))));
  }

  private static <C> void check(
      BiFunction<Backend, C, double[]> train, Supplier<Backend> other, C config) {
    double[] wanted = run(train, ReferenceBackend::new, config);
    double[] own = run(train, other, config);
    assertThat(own).hasSameSizeAs(wanted);
    for (int i = 0; i < own.length; i++) {
      assertThat(Math.abs(own[i] - wanted[i]))
          .as("[%d]: %.9g, reference %.9g", i, own[i], wanted[i])
          .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(wanted[i])));
    }
  }

  private static <C> double[] run(
      BiFunction<Backend, C, double[]> train, Supplier<Backend> open, C config) {
    try (Backend backend = open.get()) {
      return train.apply(backend, config);
    }
  }

  /**
   * Returns the gradients of all parameters, one after the other, without each backend's padding.
   */
  public static DoubleStream gradients(HostCopies copies, Model model) {
    return model.parameters().all().stream()
        .flatMapToDouble(each -> DoubleStream.of(copies.of(each.gradient()).toArray()));
  }

  /** The loss under its name, and all gradients under those of their parameters. */
  public static Map<String, double[]> lossAndGradients(Backend backend, Tensor loss, Model model) {
    try (HostCopies copies = new HostCopies(backend)) {
      Map<String, double[]> results = new LinkedHashMap<>();
      results.put("loss", copies.of(loss).toArray());
      for (Parameter parameter : model.parameters().all()) {
        results.put(parameter.name(), copies.of(parameter.gradient()).toArray());
      }
      return results;
    }
  }

  /** Checks that each number of {@link #lossAndGradients} agrees within 1e-5. */
  public static void assertSame(Map<String, double[]> own, Map<String, double[]> expected) {
    assertThat(own.keySet()).isEqualTo(expected.keySet());
    own.forEach(
        (name, values) ->
            assertThat(values).as(name).containsExactly(expected.get(name), within(1e-5)));
  }
}
