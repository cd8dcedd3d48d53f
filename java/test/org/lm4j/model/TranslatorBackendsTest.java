package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cuda.CudaOnStandIns;
import org.lm4j.backend.openblas.OpenBlasBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/**
 * Steps of training on every backend against the reference: losses and gradients. Several, of the
 * same shape with other pairs, so that a backend that repeats what it prepared is seen to take what
 * is new.
 */
class TranslatorBackendsTest {
  private static final int STEPS = 4;
  private static final int VOCABULARY = 11;
  private static final TranslatorBatch.Extent EXTENT = new TranslatorBatch.Extent(7, 6, 5);

  /** Of each step the loss, then the gradients, summed over all steps. */
  private static double[] steps(Backend backend, TranslatorConfig config) {
    try (backend;
        Translator translator = new Translator(backend, config, true);
        TranslatorBatch batch = translator.batch(EXTENT, true)) {
      translator.initialize(3);
      Random random = new Random(6);
      Tensor sum = backend.allocate(1);
      DoubleStream losses = DoubleStream.empty();
      try (HostCopies copies = new HostCopies(backend)) {
        for (int i = 0; i < STEPS; i++) {
          batch.load(tokens(random, 4, 7), tokens(random, 4, 5)); // a row is free
          RandomKey key = new RandomKey(2, i);
          backend.step(() -> batch.train(key, sum));
          losses = DoubleStream.concat(losses, DoubleStream.of(copies.of(sum).get(0)));
        }
        // Piece by piece: between the parameters each backend pads as it likes.
        DoubleStream gradients =
            translator.parameters().all().stream()
                .flatMapToDouble(each -> DoubleStream.of(copies.of(each.gradient()).toArray()));
        return DoubleStream.concat(losses, gradients).toArray();
      } finally {
        sum.storage().close();
      }
    }
  }

  /** Sequences of different lengths, the first as long as can be. */
  private static int[][] tokens(Random random, int count, int longest) {
    int[][] tokens = new int[count][];
    for (int i = 0; i < count; i++) {
      int length = i == 0 ? longest : 1 + random.nextInt(longest);
      tokens[i] = random.ints(length, 3, VOCABULARY).toArray();
    }
    return tokens;
  }

  @TestFactory
  Stream<DynamicTest> agreesWithTheReference() {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put("cpu", () -> new OpenBlasBackend(null, 2));
    backends.put("cuda, on stand-ins", CudaOnStandIns::open);
    return backends.entrySet().stream()
        .flatMap(
            backend ->
                Stream.of(config(Cell.LSTM, 7), config(Cell.GRU, 7), config(Cell.RNN_TANH, 0))
                    .map(
                        config ->
                            DynamicTest.dynamicTest(
                                backend.getKey() + " " + config,
                                () -> check(backend.getValue().get(), config))));
  }

  private static TranslatorConfig config(Cell cell, int attention) {
    return new TranslatorConfig(
        ModelKind.TRANSLATOR.label(),
        cell.label(),
        "char",
        "char",
        VOCABULARY,
        VOCABULARY,
        9,
        13,
        2,
        true,
        attention,
        0.25);
  }

  private static void check(Backend backend, TranslatorConfig config) {
    double[] wanted = steps(new ReferenceBackend(), config);
    double[] own = steps(backend, config);
    assertThat(own).hasSameSizeAs(wanted);
    for (int i = 0; i < own.length; i++) {
      assertThat(Math.abs(own[i] - wanted[i]))
          .as("[%d]: %.9g, reference %.9g", i, own[i], wanted[i])
          .isLessThanOrEqualTo(1e-5 * Math.max(1, Math.abs(wanted[i])));
    }
  }
}
