package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.Precision;
import org.lm4j.tensor.Tensor;

/** Products of many matrices on the fake libraries. */
@Tag("slow")
class ProductsTest {
  private static final int COUNT = 3;
  private static final int M = 5;
  private static final int K = 9; // no multiple of what bf16 is padded to
  private static final int N = 7;

  private static final ReferenceBackend HOST = new ReferenceBackend();

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  /**
   * Tests that batched products equal single ones bit for bit in every precision, in one call of
   * cuBLAS.
   */
  @ParameterizedTest
  @EnumSource(value = Precision.class, names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void manyAreTheSameAsOneByOne(Precision precision) {
    Numbers numbers = new Numbers(7);
    try (CudaBackend backend = CudaOnFakes.open(precision)) {
      for (GemmOp op : GemmOp.values()) {
        Tensor a = filled(backend, numbers, op.transposeA() ? K : M, op.transposeA() ? M : K);
        Tensor b = filled(backend, numbers, op.transposeB() ? N : K, op.transposeB() ? K : N);
        Tensor many = filled(backend, numbers, M, N);
        Tensor single = backend.allocate(COUNT, M, N);
        backend.copy(many, single);
        for (int i = 0; i < COUNT; i++) {
          backend.gemm(op, 0.5, matrix(a, i), matrix(b, i), 2, matrix(single, i));
        }
        double[] expected = download(backend, single);
        CudaOnFakes.clearLog();
        backend.batchedGemm(op, 0.5, a, b, 2, many);
        assertThat(download(backend, many)).as("%s in %s", op, precision).isEqualTo(expected);
        List<String> products =
            CudaOnFakes.log().stream().filter(call -> call.startsWith("gemm ")).toList();
        assertThat(products).containsExactly("gemm 7 5 9 x3");
        List.of(a, b, many, single).forEach(each -> each.storage().close());
      }
    }
    assertThat(CudaOnFakes.liveAllocations()).isZero();
  }

  private static Tensor matrix(Tensor many, int i) {
    return many.slice(i, 1).reshape(many.shape().dim(1), many.shape().dim(2));
  }

  private static Tensor filled(CudaBackend backend, Numbers numbers, int rows, int columns) {
    Tensor tensor = backend.allocate(COUNT, rows, columns);
    backend.upload(
        Numbers.reference(numbers.uniform(COUNT * rows * columns), COUNT, rows, columns), tensor);
    return tensor;
  }

  private static double[] download(CudaBackend backend, Tensor tensor) {
    Tensor host = HOST.allocate(COUNT, M, N);
    backend.download(tensor, host);
    return host.toArray();
  }

  @Test
  void anEmptyProductMakesNoCall() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      Tensor a = backend.allocate(2, 3, 0);
      Tensor b = backend.allocate(2, 0, 4);
      Tensor c = backend.allocate(2, 3, 4);
      Tensor empty = backend.allocate(0, 3, 4);
      Tensor result = backend.allocate(0, 3, 3);
      backend.fill(c, 3);
      backend.batchedGemm(GemmOp.NN, 1, a, b, 0.5, c); // no terms: c alone is scaled
      Tensor host = HOST.allocate(2, 3, 4);
      backend.download(c, host);
      assertThat(host.toArray()).containsOnly(1.5);
      CudaOnFakes.clearLog();
      backend.batchedGemm(GemmOp.NT, 1, empty, empty, 0, result);
      backend.download(c, host);
      assertThat(CudaOnFakes.log()).noneMatch(call -> call.startsWith("gemm"));
      assertThat(CudaOnFakes.fault()).isEmpty();
      List.of(a, b, c, empty, result).forEach(each -> each.storage().close());
    }
  }

  @Test
  void numbersOfAnotherBackendAreNotFilled() {
    try (CudaBackend backend = CudaOnFakes.open();
        CudaBackend other = CudaOnFakes.open()) {
      Tensor x = other.allocate(3);
      assertThatThrownBy(() -> backend.fill(x, 1)).hasMessageContaining("another backend");
      x.storage().close();
    }
  }
}
