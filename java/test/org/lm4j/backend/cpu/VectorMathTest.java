package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.kernel.choice.Kernels;

/** The vectorised functions against float64 over all of float32. */
class VectorMathTest {
  private static final int STEP = 4099; // bit patterns from one test value to the next; prime
  private static final int CHUNK = 4096;
  private static final double MOST_ULPS = 2;

  @FunctionalInterface
  private interface Kernel {
    void apply(long n, long x, long y);
  }

  @Test
  void sigmoidIsWithinTwoUlps() {
    assertAccurate(Kernels.ELEMENTS::sigmoid, VectorMathTest::exactSigmoid);
  }

  @Test
  void tanhIsWithinTwoUlps() {
    assertAccurate(Kernels.ELEMENTS::tanh, Math::tanh);
  }

  @Test
  void limitsAreExact() {
    float[] x = {Float.NEGATIVE_INFINITY, -200, -0f, 0, 200, Float.POSITIVE_INFINITY, Float.NaN};
    assertThat(run(Kernels.ELEMENTS::sigmoid, x))
        .containsExactly(0f, 0f, 0.5f, 0.5f, 1f, 1f, Float.NaN);
    assertThat(run(Kernels.ELEMENTS::tanh, x))
        .containsExactly(-1f, -1f, -0f, 0f, 1f, 1f, Float.NaN);
  }

  private static double exactSigmoid(double x) {
    return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
  }

  /** Steps through the bit patterns, so that all exponents come, denormals and NaN included. */
  private static void assertAccurate(Kernel kernel, DoubleUnaryOperator exact) {
    float[] x = new float[CHUNK];
    for (long bits = 0; bits < 1L << 32; bits += (long) STEP * CHUNK) {
      for (int i = 0; i < CHUNK; i++) {
        x[i] = Float.intBitsToFloat((int) (bits + (long) i * STEP));
      }
      float[] y = run(kernel, x);
      for (int i = 0; i < CHUNK; i++) {
        double expected = exact.applyAsDouble(x[i]);
        if (Double.isNaN(expected)) {
          assertThat(y[i]).as("at %s", x[i]).isNaN();
          continue;
        }
        double ulp = Math.max(Math.ulp((float) expected), Float.MIN_NORMAL / MOST_ULPS);
        double error = Math.abs(y[i] - expected) / ulp;
        if (!(error <= MOST_ULPS)) {
          throw new AssertionError("at " + x[i] + ": " + y[i] + ", off by " + error + " ulp");
        }
      }
    }
  }

  private static float[] run(Kernel kernel, float[] x) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, x);
      MemorySegment out = arena.allocate(in.byteSize());
      kernel.apply(x.length, in.address(), out.address());
      return out.toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
