package org.lm4j.backend.cpu.kernel.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.LossKernels;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorElementKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorLossKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorUpdateKernels;
import org.lm4j.compute.update.UpdateRule;

/**
 * Functions of arrays, softmax and optimizer steps: machine code and the Vector API give the same
 * bits, and touch nothing behind the arrays.
 */
class CodeElementKernelsTest {
  private static final int[] SIZES = {
    0, 1, 15, 16, 17, 31, 32, 63, 64, 65, 80, 127, 130, 418, 1000
  };
  private static final int[] SPECIAL = {0, 0, 30, 400}; // in a thousand

  /** Some work on new numbers, which returns what it found besides. */
  private interface Work<K> {
    double on(K kernels, Numbers numbers, int n);
  }

  private static <K> void compare(K code, K vector, int least, Work<K> work) {
    for (int n : SIZES) {
      for (int kind = 0; kind < SPECIAL.length && n >= least; kind++) {
        int which = kind;
        Function<K, List<Object>> outcome =
            kernels -> {
              try (Numbers numbers = new Numbers(31 * n + which, SPECIAL[which])) {
                double found = work.on(kernels, numbers, n);
                return List.of(found, numbers.bits());
              }
            };
        assertThat(outcome.apply(code)).as("%d, %d", n, kind).isEqualTo(outcome.apply(vector));
      }
    }
  }

  private static <K> K have(@Nullable K code) {
    Need.VECTORS.check(code != null, "no machine code for vectors of 16 floats");
    return requireNonNull(code);
  }

  private static void elements(Work<ElementKernels> work) {
    CodeElementKernels code = Kernels.VECTORISED ? CodeElementKernels.here() : null;
    compare(have(code), new VectorElementKernels(), 0, work);
  }

  @Test
  void sumsOfArrays() {
    elements((k, numbers, n) -> k.sum(n, numbers.array(n)));
    elements((k, numbers, n) -> k.sumOfSquares(n, numbers.array(n)));
  }

  @Test
  void arraysThatAreAddedScaledAndFilled() {
    elements(
        (k, numbers, n) -> {
          long x = numbers.array(n);
          long y = numbers.array(n);
          k.axpy(n, 0.3f, x, y);
          k.axpy(n, 1, y, x);
          k.scale(n, -1.7f, y);
          k.fill(n / 2, 2.5f, x);
          return 0;
        });
  }

  @Test
  void hyperbolicTangents() {
    elements(
        (k, numbers, n) -> {
          long x = numbers.array(n);
          k.tanh(n, x, numbers.array(n));
          k.tanh(n, x, x);
          return 0;
        });
  }

  private static void losses(Work<LossKernels> work) {
    CodeLossKernels code = Kernels.VECTORISED ? CodeLossKernels.here() : null;
    compare(have(code), new VectorLossKernels(), 1, work);
  }

  @Test
  void gradientsOfCrossEntropy() {
    losses((k, numbers, n) -> k.crossEntropyGradient(n, numbers.array(n), n / 3, 0.02f));
    losses((k, numbers, n) -> k.crossEntropyGradient(n, numbers.array(n), n - 1, 1));
  }

  @Test
  void aRowOfOneNumberManyTimes() {
    for (float value : new float[] {0, -0f, 1e30f, Float.NEGATIVE_INFINITY, Float.NaN}) {
      losses(
          (k, numbers, n) -> {
            long row = numbers.array(n);
            for (int i = 0; i < n; i++) {
              set(row, i, value);
            }
            return k.crossEntropyGradient(n, row, 0, 0.5f);
          });
    }
  }

  @Test
  void softmaxOfRows() {
    losses(
        (k, numbers, n) -> {
          k.softmax(n, numbers.array(n));
          return 0;
        });
  }

  private static void updates(Work<UpdateKernels> work) {
    CodeUpdateKernels code = Kernels.VECTORISED ? CodeUpdateKernels.here() : null;
    compare(have(code), new VectorUpdateKernels(), 0, work);
  }

  @Test
  void stepsOfSgd() {
    UpdateStep step = new UpdateStep();
    step.set(new UpdateRule.Sgd(0, false, 0.01), 0.37f, 0.1, 3);
    updates(
        (k, numbers, n) -> {
          k.sgd(step, n, numbers.array(n), numbers.array(n), 0);
          return 0;
        });
  }

  @Test
  void stepsOfAdam() {
    for (boolean decoupled : new boolean[] {false, true}) {
      UpdateStep step = new UpdateStep();
      step.set(new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.02, decoupled), 0.37f, 0.002, 7);
      updates(
          (k, numbers, n) -> {
            long w = numbers.array(n);
            k.adam(step, n, w, numbers.array(n), numbers.array(n), numbers.positive(n));
            return 0;
          });
    }
  }
}
