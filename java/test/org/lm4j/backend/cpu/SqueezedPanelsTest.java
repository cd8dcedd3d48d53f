package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.code.CodeSqueezed;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.tensor.HostStorage;

/** Weights in 12 bits against the same in 16, bit for bit. */
class SqueezedPanelsTest {
  private static final int WIDTH = RowPanels.width();

  /** Sets a weight: few upper bytes, or any. */
  private interface Weight {
    float of(Random random, int row, int k);
  }

  private static float usual(Random random, int row, int k) {
    return (float) (random.nextGaussian() / 8);
  }

  /** In some steps some weights are many powers of two smaller or larger. */
  private static float uneven(Random random, int row, int k) {
    float weight = usual(random, row, k);
    return k % 97 == 5 ? Math.scalb(weight, random.nextInt(-60, 60)) : weight;
  }

  private static float any(Random random, int row, int k) {
    return Math.scalb(usual(random, row, k), random.nextInt(-60, 60));
  }

  private static float zero(Random random, int row, int k) {
    return row % 2 == 0 ? 0f : -0f;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 16, 31, 64, 67, 200, 650, 1501})
  void productsHaveTheSameBits(int depth) {
    Need.VECTORS.check(CodeSqueezed.here() != null, "no machine code for bf16");
    boolean whole = depth > 6; // at least one block
    assertThat(squeezed(depth, SqueezedPanelsTest::usual)).isEqualTo(whole);
    assertThat(squeezed(depth, SqueezedPanelsTest::zero)).isEqualTo(whole);
    assertThat(squeezed(depth, SqueezedPanelsTest::any)).isFalse();
    assertThat(squeezed(depth, SqueezedPanelsTest::uneven)).isEqualTo(depth >= 64);
  }

  /** Returns whether panels became smaller; checks their products. */
  private static boolean squeezed(int depth, Weight weight) {
    RowPanels numbers = SqueezedPanels.of(Bf16Panels.fastest());
    Random random = new Random(depth);
    long panelBytes = numbers.panelBytes(depth);
    try (HostStorage matrix = new HostStorage(4L * WIDTH * depth);
        HostStorage panels = new HostStorage(2 * panelBytes);
        HostStorage vectors = new HostStorage(4L * (depth + 3 * WIDTH));
        HostStorage buffer = new HostStorage(numbers.rowBytes(depth))) {
      for (int i = 0; i < WIDTH * depth; i++) {
        set(matrix.address(), i, weight.of(random, i / depth, i % depth));
      }
      for (int i = 0; i < depth + WIDTH; i++) {
        set(vectors.address(), i, (float) random.nextGaussian());
      }
      long start = vectors.address() + 4L * depth;
      long out = start + 4L * WIDTH;
      numbers.pack(matrix.address(), depth, 2 * WIDTH, i -> i % WIDTH, panels.address());
      long row = numbers.row(depth, vectors.address(), buffer.address());
      boolean smaller = numbers.squeeze(depth, panels.address()); // not the second one
      numbers.multiply(2, depth, row, panels.address(), start, 0, out); // one of each kind
      assertThat(IntStream.range(0, WIDTH).mapToObj(i -> Float.floatToRawIntBits(get(out, i))))
          .containsExactlyElementsOf(
              IntStream.range(WIDTH, 2 * WIDTH)
                  .mapToObj(i -> Float.floatToRawIntBits(get(out, i)))
                  .toList());
      return smaller;
    }
  }

  @Test
  void aTextStaysAsItIsWhenItsDecoderSqueezesTheWeights() {
    Need.VECTORS.check(CodeSqueezed.here() != null, "no machine code for bf16");
    int tokens = CpuDecoder.WORTH_SQUEEZING + 50;
    assertThat(logits(SqueezedPanels.of(Bf16Panels.fastest()), tokens))
        .isEqualTo(logits(RowPanels.of(Bf16Panels.fastest()), tokens));
  }

  /** Returns the logits after the last tokens of a text. */
  private static double[][] logits(RowPanels numbers, int tokens) {
    int vocabulary = 70;
    double[][] last = new double[100][vocabulary];
    try (CpuBackend backend = CpuBackend.open(1);
        WorkerTeam team = new WorkerTeam(2);
        RandomTokenModel model =
            new RandomTokenModel(backend, new RnnSpec(Cell.LSTM, 30, 250, 2, 0), vocabulary, 3);
        CpuDecoder decoder = new CpuDecoder(team, null, numbers, model.model())) {
      for (int i = 0; i < tokens; i++) {
        decoder.read(i * i % vocabulary);
        decoder.logits(last[i % last.length]);
      }
    }
    return last;
  }
}
