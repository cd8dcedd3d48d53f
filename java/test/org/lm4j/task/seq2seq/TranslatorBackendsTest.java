package org.lm4j.task.seq2seq;

import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.BackendAgreement;
import org.lm4j.model.HostCopies;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.tensor.Tensor;

/**
 * Steps of training on every backend against the reference: losses and gradients. Several, of the
 * same shape with other pairs, so that a backend that repeats what it prepared is seen to take what
 * is new.
 */
class TranslatorBackendsTest {
  private static final int STEPS = 4;
  private static final int VOCABULARY = 11;
  private static final Seq2SeqBatch.Extent EXTENT = new Seq2SeqBatch.Extent(7, 6, 5);

  /** Returns the loss of each step, then the gradients summed over all steps. */
  private static double[] steps(Backend backend, Seq2SeqConfig config) {
    try (Seq2SeqNetwork translator = new Seq2SeqNetwork(backend, config, true);
        Seq2SeqBatch batch = translator.batch(EXTENT, true)) {
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
        return DoubleStream.concat(losses, BackendAgreement.gradients(copies, translator))
            .toArray();
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
    return BackendAgreement.tests(
        TranslatorBackendsTest::steps,
        Stream.of(config(Cell.LSTM, 7), config(Cell.GRU, 7), config(Cell.RNN_TANH, 0)));
  }

  private static Seq2SeqConfig config(Cell cell, int attention) {
    return new Seq2SeqConfig(
        ModelKind.TRANSLATOR.label(),
        new Seq2SeqConfig.Sides("char", "char", VOCABULARY, VOCABULARY),
        new EncoderConfig(cell.label(), 9, 13, 2, true, 0.25),
        attention);
  }
}
