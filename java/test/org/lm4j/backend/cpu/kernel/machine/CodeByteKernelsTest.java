package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.ByteKernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorByteKernels;

/** Products with bytes: machine code and the Vector API give the same bits. */
class CodeByteKernelsTest {
  private static final int WIDTH = ProductKernels.PANEL_VECTORS * 16;

  private static ByteKernels code() {
    CodeByteKernels found = CodeByteKernels.here();
    Need.VECTORS.check(found != null, "no machine code for vectors of 16 floats");
    return requireNonNull(found);
  }

  /** The bytes are those of random floats: of every kind, among them many of either sign. */
  private static List<Integer> product(ByteKernels kernels, int panels, int depth, int special) {
    try (Numbers numbers = new Numbers(depth, special)) {
      long x = numbers.array(depth);
      long bytes = numbers.array((long) panels * depth * WIDTH / Float.BYTES);
      kernels.panels(panels, depth, x, bytes, numbers.array((long) panels * WIDTH));
      return numbers.bits();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0", "1, 2, 0", "2, 3, 0", "3, 64, 0", "5, 201, 0", "2, 650, 0", "4, 33, 50"})
  void equalBits(int panels, int depth, int special) {
    ByteKernels code = code();
    Need.VECTORS.check(Lanes.VECTOR_API, "no Vector API to compare with");
    assertThat(code.fast()).isTrue();
    assertThat(product(code, panels, depth, special))
        .isEqualTo(product(new VectorByteKernels(), panels, depth, special));
  }
}
