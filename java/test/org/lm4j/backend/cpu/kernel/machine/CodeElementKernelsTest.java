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
import org.lm4j.backend.cpu.kernel.vector.VectorDropoutKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorElementKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorLossKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorUpdateKernels;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;

/**
 * Functions of arrays, softmax, dropout and optimizer steps: machine code and the Vector API give
 * the same bits, and touch nothing behind the arrays.
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

  @Test
  void logisticFunctions() {
    elements(
        (k, numbers, n) -> {
          long x = numbers.array(n);
          k.sigmoid(n, x, numbers.array(n));
          k.sigmoid(n, x, x);
          return 0;
        });
  }

  @Test
  void productsAndWhatIsAboveZero() {
    elements(
        (k, numbers, n) -> {
          long x = numbers.array(n);
          long y = numbers.array(n);
          k.multiply(n, x, y, numbers.array(n));
          k.multiply(n, x, y, y);
          k.relu(n, x, numbers.array(n));
          k.relu(n, y, y);
          return 0;
        });
  }

  @Test
  void gradientsOfFunctions() {
    elements(
        (k, numbers, n) -> {
          long y = numbers.array(n);
          long dy = numbers.array(n);
          k.sigmoidBackward(n, y, dy, numbers.array(n));
          k.tanhBackward(n, y, dy, numbers.array(n));
          k.reluBackward(n, y, dy, numbers.array(n));
          k.reluBackward(n, y, dy, dy);
          return 0;
        });
  }

  @Test
  void clampedArrays() {
    for (float limit : new float[] {0, Float.MIN_VALUE, 0.625f, Float.POSITIVE_INFINITY}) {
      elements(
          (k, numbers, n) -> {
            k.clamp(n, limit, numbers.array(n));
            return 0;
          });
    }
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
  void crossEntropyOfRowsThatStay() {
    losses((k, numbers, n) -> k.crossEntropy(n, numbers.array(n), n / 3));
    losses((k, numbers, n) -> k.crossEntropy(n, numbers.array(n), n - 1));
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
            return k.crossEntropy(n, row, 0) + k.crossEntropyGradient(n, row, 0, 0.5f);
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

  @Test
  void dropout() {
    CodeDropoutKernels code = Kernels.VECTORISED ? CodeDropoutKernels.here() : null;
    RandomKey key = new RandomKey(-0x123456789abcdefL, 0xfedcba987654321L);
    for (double p : new double[] {0, 0.3, 0.5, 0.999}) {
      compare(
          have(code),
          new VectorDropoutKernels(),
          0,
          (k, numbers, n) -> {
            long x = numbers.array(n);
            long threshold = Philox.dropThreshold(p);
            float scale = (float) (1 / (1 - p));
            k.dropout(n, 0x3ffffffffL, x, numbers.array(n), threshold, scale, key, 7);
            k.dropout(n, n, x, x, threshold, scale, key, 0);
            return 0;
          });
    }
  }

  private static void updates(Work<UpdateKernels> work) {
    CodeUpdateKernels code = Kernels.VECTORISED ? CodeUpdateKernels.here() : null;
    compare(have(code), new VectorUpdateKernels(), 0, work);
  }

  /** A rule at its first step and at a later one: weights, gradients and moments. */
  private static void updates(UpdateRule rule, Update update) {
    for (long at : new long[] {1, 7}) {
      UpdateStep step = new UpdateStep();
      step.set(rule, 0.37f, 0.1, at);
      updates(
          (k, numbers, n) -> {
            long w = numbers.array(n);
            update.on(k, step, n, w, numbers.array(n), numbers);
            return 0;
          });
    }
  }

  /** One step. */
  private interface Update {
    void on(UpdateKernels kernels, UpdateStep step, int n, long w, long g, Numbers more);
  }

  @Test
  void stepsOfSgd() {
    updates(
        new UpdateRule.Sgd(0, false, 0.01), (k, step, n, w, g, more) -> k.sgd(step, n, w, g, 0));
  }

  @Test
  void stepsOfSgdWithMomentum() {
    for (boolean nesterov : new boolean[] {false, true}) {
      updates(
          new UpdateRule.Sgd(0.9, nesterov, 0.01),
          (k, step, n, w, g, more) -> k.sgd(step, n, w, g, more.array(n)));
    }
  }

  @Test
  void stepsOfRmsProp() {
    updates(
        new UpdateRule.RmsProp(0.95, 1e-8, 0.02),
        (k, step, n, w, g, more) -> k.rmsProp(step, n, w, g, more.positive(n)));
  }

  @Test
  void stepsOfAdaGrad() {
    updates(
        new UpdateRule.AdaGrad(1e-10, 0.02),
        (k, step, n, w, g, more) -> k.adaGrad(step, n, w, g, more.positive(n)));
  }

  @Test
  void stepsOfAdam() {
    for (boolean decoupled : new boolean[] {false, true}) {
      updates(
          new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.02, decoupled),
          (k, step, n, w, g, more) -> k.adam(step, n, w, g, more.array(n), more.positive(n)));
    }
  }

  @Test
  void stepsOfDynamicEvaluation() {
    updates(
        new UpdateRule.Anchored(0.3, 1e-4),
        (k, step, n, w, g, more) -> k.anchored(step, n, w, g, more.array(n), more.positive(n)));
  }
}
