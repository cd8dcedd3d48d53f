package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.ColumnLayout;
import org.lm4j.tensor.Tensor;

/**
 * The losses that the captioning notebooks of Stanford's course CS231n publish, for weights, image
 * features and captions they make with {@code numpy.linspace} and {@code numpy.arange}.
 */
class Cs231nCaptionTest {
  private static final int N = 10;
  private static final int T = 13; // words of a caption: 12 are read, 12 are wanted
  private static final int D = 20;
  private static final int W = 30;
  private static final int H = 40;
  private static final int V = 3;

  private static double[] linspace(double from, double to, int count) {
    return IntStream.range(0, count)
        .mapToDouble(i -> from + (to - from) * i / (count - 1))
        .toArray();
  }

  private static double[] weights(int count) {
    return linspace(-1.4, 1.3, count);
  }

  private static void set(CaptionerNetwork captioner, String name, double[] values) {
    Tensor target = captioner.parameters().get(name).value();
    assertThat(target.size()).isEqualTo(values.length);
    for (int i = 0; i < values.length; i++) {
      target.set(i, values[i]);
    }
  }

  private static double loss(Cell cell, double[] seen) {
    CaptionConfig config =
        new CaptionConfig(
            ModelKind.CAPTION.label(),
            V,
            new CaptionConfig.Image(0, D),
            new CaptionConfig.WordGenerator(cell.label(), W, H, 0, 0),
            T - 1);
    int gates = cell.gates() * H;
    try (Backend backend = new ReferenceBackend();
        CaptionerNetwork captioner = new CaptionerNetwork(backend, config, true);
        CaptionBatch batch = captioner.batch(T - 1, N, true)) {
      set(captioner, "initial.weight", ColumnLayout.transposed(weights(D * H), D));
      set(captioner, "initial.bias", weights(H));
      set(captioner, "embedding.weight", weights(V * W));
      set(captioner, "rnn.weight_ih_l0", ColumnLayout.toRows(cell, weights(W * gates), W));
      set(captioner, "rnn.weight_hh_l0", ColumnLayout.toRows(cell, weights(H * gates), H));
      set(captioner, "rnn.bias_ih_l0", ColumnLayout.bias(cell, weights(gates)));
      set(captioner, "output.weight", ColumnLayout.transposed(weights(H * V), H));
      set(captioner, "output.bias", weights(V));
      Tensor features = backend.allocate(N, D);
      for (int i = 0; i < seen.length; i++) {
        features.set(i, seen[i]);
      }
      batch.load(features);
      int[] read = new int[(T - 1) * N];
      int[] wanted = new int[(T - 1) * N];
      for (int n = 0; n < N; n++) {
        for (int t = 0; t < T - 1; t++) {
          read[t * N + n] = (n * T + t) % V;
          wanted[t * N + n] = (n * T + t + 1) % V;
        }
      }
      Tensor sum = backend.allocate(1);
      CaptionBatch.Words words = new CaptionBatch.Words(T - 1, read, wanted);
      batch.train(words, N, new RandomKey(0, 0), sum);
      double trained = sum.get(0);
      batch.score(words, sum);
      assertThat(sum.get(0)).isEqualTo(trained);
      return trained / N; // the course averages over captions
    }
  }

  @Test
  void vanillaRnn() {
    assertThat(Math.abs(loss(Cell.RNN_TANH, linspace(-1.5, 0.3, N * D)) - 9.83235591003))
        .isLessThan(0.5001e-11);
  }

  @Test
  void lstm() {
    assertThat(Math.abs(loss(Cell.LSTM, linspace(-0.5, 1.7, N * D)) - 9.82445935443))
        .isLessThan(0.5001e-11);
  }
}
