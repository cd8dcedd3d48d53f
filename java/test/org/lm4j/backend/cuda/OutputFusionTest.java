package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.Precision;
import org.lm4j.tensor.Tensor;

/** What an output layer and its loss do together on a GPU: the same numbers with fewer passes. */
@Tag("slow")
class OutputFusionTest {
  private static final int ROWS = 6;
  private static final int WIDTH = 9;
  private static final int CLASSES = 13; // no multiple of what bf16 is padded to
  private static final int IGNORE = -1;

  private static final ReferenceBackend HOST = new ReferenceBackend();

  private final List<Tensor> tensors = new ArrayList<>();

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  @AfterEach
  void nothingReachedOtherMemory() {
    assertThat(CudaOnFakes.fault()).isEmpty();
    assertThat(CudaOnFakes.liveAllocations()).isZero();
  }

  private static long launches(String kernel) {
    return CudaOnFakes.log().stream()
        .filter(line -> line.startsWith("cuLaunchKernel " + kernel + " "))
        .count();
  }

  /** One output layer, forward and backward; with {@code apart} other work comes in between. */
  private List<double[]> layer(CudaBackend backend, boolean apart) {
    Numbers numbers = new Numbers(5);
    Tensor x = filled(backend, numbers, ROWS, WIDTH);
    Tensor w = filled(backend, numbers, CLASSES, WIDTH);
    Tensor b = filled(backend, numbers, CLASSES);
    Tensor logits = add(backend.allocate(ROWS, CLASSES));
    Tensor loss = add(backend.allocate(ROWS));
    Tensor dx = add(backend.allocate(ROWS, WIDTH));
    Tensor dw = filled(backend, numbers, CLASSES, WIDTH);
    Tensor db = filled(backend, numbers, CLASSES);
    Tensor other = add(backend.allocate(1));
    Tensor targets = add(backend.allocateIds(ROWS));
    backend.upload(new int[] {0, 12, IGNORE, 3, 3, 7}, 0, ROWS, targets);
    Runnable between =
        () -> {
          if (apart) {
            backend.scale(2, other);
          }
        };
    CudaOnFakes.clearLog();
    backend.affine(x, w, b, logits);
    between.run();
    backend.softmaxCrossEntropy(logits, targets, IGNORE, 0.25, loss);
    between.run();
    backend.gemm(GemmOp.NN, 1, logits, w, 0, dx);
    between.run();
    backend.affineGradients(x, logits, dw, db);
    List<double[]> found = new ArrayList<>();
    for (Tensor result : List.of(logits, loss, dx, dw, db)) {
      found.add(read(backend, result));
    }
    return found;
  }

  private Tensor add(Tensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  private Tensor filled(CudaBackend backend, Numbers numbers, int... dims) {
    Tensor tensor = add(backend.allocate(dims));
    backend.upload(Numbers.reference(numbers.uniform((int) tensor.size()), dims), tensor);
    return tensor;
  }

  private static double[] read(CudaBackend backend, Tensor tensor) {
    Tensor host = HOST.allocate((int) tensor.size());
    backend.download(tensor.reshape((int) tensor.size()), host);
    return host.toArray();
  }

  private void free() {
    tensors.forEach(tensor -> tensor.storage().close());
    tensors.clear();
  }

  @ParameterizedTest
  @EnumSource(value = Precision.class, names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void theBiasIsAddedByTheLossToTheSameBits(Precision precision) {
    try (CudaBackend backend = CudaOnFakes.open(precision)) {
      List<double[]> expected = layer(backend, true);
      assertThat(launches("lm4j_add_bias")).isEqualTo(1);
      List<double[]> found = layer(backend, false);
      assertThat(launches("lm4j_add_bias")).isZero();
      assertThat(found).containsExactlyElementsOf(expected);
      free();
    }
  }

  @Test
  void eachFactorOfAnOutputLayerIsRoundedOnceAndTheGradientByTheLoss() {
    try (CudaBackend backend = CudaOnFakes.open(Precision.BF16)) {
      List<double[]> expected = layer(backend, true);
      assertThat(launches("lm4j_to_bf16")).isEqualTo(6);
      List<double[]> found = layer(backend, false);
      assertThat(launches("lm4j_to_bf16")).isEqualTo(2); // x and w
      assertThat(found).containsExactlyElementsOf(expected);
      free();
    }
  }

  @Test
  void aFactorThatChangesIsRoundedAgain() {
    try (CudaBackend backend = CudaOnFakes.open(Precision.BF16)) {
      assertThat(products(backend, false)).isEqualTo(products(backend, true));
      free();
    }
  }

  /** Products of which one overwrites a factor of the others, which the host does in the end. */
  private List<Double> products(CudaBackend backend, boolean apart) {
    Numbers numbers = new Numbers(3);
    Tensor a = filled(backend, numbers, 3, 3);
    Tensor b = filled(backend, numbers, 3, 3);
    Tensor c = filled(backend, numbers, 3, 3);
    for (Tensor target : List.of(c, a, c)) {
      backend.gemm(GemmOp.NN, 1, target == a ? c : a, b, 0, target);
      if (apart) {
        read(backend, target);
      }
    }
    List<Double> found = new ArrayList<>();
    for (double value : read(backend, c)) {
      found.add(value);
    }
    backend.gemm(GemmOp.NN, 1, a, b, 0, c);
    backend.upload(Numbers.reference(new float[9], 3, 3), a);
    backend.gemm(GemmOp.NN, 1, a, b, 0, c);
    assertThat(read(backend, c)).containsOnly(0);
    return found;
  }

  @Test
  void aBiasOfOtherLogitsStaysWhereItIs() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      Numbers numbers = new Numbers(3);
      Tensor b = filled(backend, numbers, 4);
      Tensor one = add(backend.allocate(2, 4));
      Tensor other = add(backend.allocate(2, 4));
      Tensor loss = add(backend.allocate(2));
      Tensor targets = add(backend.allocateIds(2));
      backend.addBias(b, one);
      backend.crossEntropy(other, targets, IGNORE, loss);
      assertThat(read(backend, loss)).containsOnly((float) Math.log(4));
      double[] bias = read(backend, b);
      assertThat(read(backend, one)).startsWith(bias).endsWith(bias);
      backend.addBias(b, one);
      backend.crossEntropy(one.slice(0, 1), targets.slice(0, 1), IGNORE, loss.slice(0, 1));
      assertThat(read(backend, one)[5]).isEqualTo(2 * bias[1]); // added to both rows
      free();
    }
  }

  @Test
  void scoringAddsTheBiasInItsLossToo() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      Numbers numbers = new Numbers(9);
      Tensor x = filled(backend, numbers, ROWS, WIDTH);
      Tensor w = filled(backend, numbers, CLASSES, WIDTH);
      Tensor b = filled(backend, numbers, CLASSES);
      Tensor logits = add(backend.allocate(4, CLASSES)); // of two blocks
      Tensor loss = add(backend.allocate(ROWS));
      Tensor targets = add(backend.allocateIds(ROWS));
      CudaOnFakes.clearLog();
      backend.affineCrossEntropy(x, w, b, targets, IGNORE, logits, loss);
      double[] found = read(backend, loss);
      assertThat(launches("lm4j_add_bias")).isZero();
      assertThat(launches("lm4j_cross_entropy")).isEqualTo(2);
      backend.gemm(GemmOp.NT, 1, x.slice(0, 1), w, 0, logits.slice(0, 1));
      double[] sums = read(backend, logits.slice(0, 1));
      double[] bias = read(backend, b);
      double all = 0;
      for (int i = 0; i < CLASSES; i++) {
        all += Math.exp(sums[i] + bias[i]);
      }
      double expected = Math.log(all) - sums[0] - bias[0];
      assertThat(found[0]).isCloseTo(expected, within(1e-6));
      free();
    }
  }

  @Test
  void blocksOfLogitsFollowTheMemoryOfTheGpu() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      assertThat(backend.outputBlockBytes()).isEqualTo(128L << 20);
      CudaOnFakes.memory(1L << 30);
      assertThat(backend.outputBlockBytes()).isEqualTo(32L << 20);
      CudaOnFakes.memory(139L << 30);
      assertThat(backend.outputBlockBytes()).isEqualTo(1L << 30);
    }
    assertThat(HOST.outputBlockBytes()).isEqualTo(32L << 20);
  }
}
