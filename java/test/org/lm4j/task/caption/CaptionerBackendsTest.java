package org.lm4j.task.caption;

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
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** A step of training on every backend against the reference: loss and all gradients. */
class CaptionerBackendsTest {
  private static final int BATCH = 5;
  private static final int STEPS = 6;
  private static final int VOCABULARY = 11;
  private static final RandomKey KEY = new RandomKey(2, 5);

  /** Loss, then the gradients in the order of the parameters. */
  private static double[] step(Backend backend, CaptionConfig config) {
    try (CaptionerNetwork captioner = new CaptionerNetwork(backend, config, true);
        CaptionBatch batch = captioner.batch(STEPS, BATCH, true)) {
      captioner.initialize(3);
      Random random = new Random(6);
      int width = Math.max(1, config.image().cells()) * config.image().features();
      try (HostStorage seen = new HostStorage((long) BATCH * width * Float.BYTES)) {
        Tensor features = new Tensor(seen, 0, Shape.of(BATCH, width), DType.F32);
        for (int i = 0; i < features.size(); i++) {
          features.set(i, random.nextGaussian());
        }
        batch.load(features);
      }
      int[] read = random.ints(STEPS * BATCH, 1, VOCABULARY).toArray();
      int[] wanted = random.ints(STEPS * BATCH, 0, VOCABULARY).toArray();
      CaptionBatch.Words words = new CaptionBatch.Words(STEPS, read, wanted);
      Tensor sum = backend.allocate(1);
      backend.step(() -> batch.train(words, words.counted(), KEY, sum));
      try (HostCopies copies = new HostCopies(backend)) {
        DoubleStream loss = DoubleStream.of(copies.of(sum).get(0));
        return DoubleStream.concat(loss, BackendAgreement.gradients(copies, captioner)).toArray();
      } finally {
        sum.storage().close();
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> agreesWithTheReference() {
    return BackendAgreement.tests(
        CaptionerBackendsTest::step,
        Stream.of(config(Cell.LSTM, 7), config(Cell.GRU, 7), config(Cell.RNN_TANH, 0)));
  }

  private static CaptionConfig config(Cell cell, int attention) {
    return new CaptionConfig(
        ModelKind.CAPTION.label(),
        VOCABULARY,
        new CaptionConfig.Image(4, 6),
        new CaptionConfig.WordGenerator(cell.label(), 9, 13, attention, 0.25),
        9);
  }
}
