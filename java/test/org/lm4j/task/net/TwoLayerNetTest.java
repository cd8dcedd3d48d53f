package org.lm4j.task.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.HostCopies;
import org.lm4j.nn.Differences;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;

/** The gradient of whole two-layer nets against central differences in float64. */
class TwoLayerNetTest {
  private static final int ROWS = 5;
  private static final RandomKey KEY = new RandomKey(42, 3);

  /** Small: no ReLU and no margin of the hinge may have its kink within it. */
  private static final double STEP = 1e-6;

  private static NetConfig config(String loss, double dropout, double reg) {
    return new NetConfig("net", new ImageFormat(1, 2, 3), 7, 4, loss, dropout, reg);
  }

  static Stream<NetConfig> configs() {
    return Stream.of(
        config("softmax", 0, 0),
        config("softmax", 0.4, 0.1),
        config("svm", 0, 0.1),
        config("svm", 0.4, 0));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gradientsAgreeWithNumericDifferences(NetConfig config) {
    try (Backend backend = new ReferenceBackend();
        TwoLayerNet net = new TwoLayerNet(backend, config, true);
        TwoLayerNet.Batch batch = net.batch(ROWS)) {
      net.initialize(5);
      Tensor loss = backend.allocate(1);
      Tensor pictures = backend.allocate(ROWS, config.inputs());
      Random random = new Random(8);
      for (int i = 0; i < pictures.size(); i++) {
        pictures.set(i, random.nextGaussian());
      }
      batch.load(pictures, new int[] {3, 0, 1, 1, 2});
      backend.fill(net.parameters().gradients(), 0);
      batch.train(KEY, loss);
      double[] analytic = net.parameters().gradients().toArray();
      for (Parameter parameter : net.parameters().all()) {
        Tensor gradient = backend.allocate(parameter.value().shape().dims());
        long first = parameter.value().offset() - net.parameters().values().offset();
        for (int i = 0; i < gradient.size(); i++) {
          gradient.set(i, analytic[(int) first + i]);
        }
        Differences.check(
            parameter.name(),
            () -> {
              batch.train(KEY, loss);
              return loss.get(0) / ROWS;
            },
            parameter.value(),
            gradient,
            STEP);
        gradient.storage().close();
      }
      pictures.storage().close();
      loss.storage().close();
    }
  }

  /** Loss and gradients of a step, dropout included. */
  private static double[] step(Backend backend, NetConfig config) {
    try (TwoLayerNet net = new TwoLayerNet(backend, config, true);
        TwoLayerNet.Batch batch = net.batch(ROWS);
        Backend host = new ReferenceBackend();
        HostCopies copies = new HostCopies(backend)) {
      net.initialize(5);
      Tensor pictures = host.allocate(ROWS, config.inputs());
      for (int i = 0; i < pictures.size(); i++) {
        pictures.set(i, Math.sin(3 * i + 1));
      }
      batch.load(pictures, new int[] {3, 0, 1, 1, 2});
      Tensor loss = backend.allocate(1);
      backend.step(() -> batch.train(KEY, loss));
      double[] results =
          DoubleStream.concat(
                  DoubleStream.of(copies.of(loss).get(0)), BackendAgreement.gradients(copies, net))
              .toArray();
      pictures.storage().close();
      loss.storage().close();
      return results;
    }
  }

  @TestFactory
  Stream<DynamicTest> everyBackendComputesTheSame() {
    return BackendAgreement.tests(TwoLayerNetTest::step, configs());
  }

  @Test
  void scoresAreThoseOfTheEquation() {
    NetConfig config = config("softmax", 0.4, 0);
    try (Backend backend = new ReferenceBackend();
        TwoLayerNet net = new TwoLayerNet(backend, config, false);
        TwoLayerNet.Batch batch = net.batch(1)) {
      net.initialize(6);
      Tensor picture = backend.allocate(1, config.inputs());
      for (int i = 0; i < picture.size(); i++) {
        picture.set(i, Math.sin(i + 1));
      }
      batch.load(picture, new int[] {0});
      double[] scores = batch.scores().toArray();
      for (int c = 0; c < config.classes(); c++) {
        double expected = value(net, "output.bias", c);
        for (int h = 0; h < config.hidden(); h++) {
          double sum = value(net, "hidden.bias", h);
          for (int d = 0; d < config.inputs(); d++) {
            sum += value(net, "hidden.weight", h * config.inputs() + d) * picture.get(d);
          }
          expected += value(net, "output.weight", c * config.hidden() + h) * Math.max(0, sum);
        }
        assertThat(Math.abs(scores[c] - expected)).isLessThanOrEqualTo(1e-14);
      }
      picture.storage().close();
    }
  }

  private static double value(TwoLayerNet net, String name, int i) {
    return net.parameters().get(name).value().get(i);
  }
}
