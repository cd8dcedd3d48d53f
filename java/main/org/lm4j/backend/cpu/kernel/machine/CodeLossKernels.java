package org.lm4j.backend.cpu.kernel.machine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeElements;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.LossKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarLossKernels;

/**
 * Losses and softmax by machine code, with the same bits as the Vector API's; in plain loops what
 * that does in plain loops.
 */
public final class CodeLossKernels implements LossKernels {
  private final CodeElements code;
  private final LossKernels few = new ScalarLossKernels(); // for less than a vector too

  private CodeLossKernels(CodeElements code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeLossKernels here() {
    CodeElements code = Lanes.COUNT == CodeElements.LANES ? CodeElements.here() : null;
    return code == null ? null : new CodeLossKernels(code);
  }

  @Override
  public float crossEntropy(int n, long row, int target) {
    if (n < CodeElements.LANES) {
      return few.crossEntropy(n, row, target);
    }
    float logit = ALL.get(JAVA_FLOAT_UNALIGNED, row + (long) target * Float.BYTES);
    long result = code.sumsOfExponentials(n, row);
    double rest = n % CodeElements.LANES == 0 ? 0 : CodeElements.sumOfRest(result);
    double sum = CodeElements.sumOf(result) + rest;
    return (float) (Math.log(sum) - ((double) logit - CodeElements.maximumOf(result)));
  }

  @Override
  public float crossEntropyGradient(int n, long row, int target, float scale) {
    if (n < CodeElements.LANES) {
      return few.crossEntropyGradient(n, row, target, scale);
    }
    long at = row + (long) target * Float.BYTES;
    float logit = ALL.get(JAVA_FLOAT_UNALIGNED, at);
    long result = code.exponentials(n, row);
    double sum = CodeElements.sumOf(result);
    float max = CodeElements.maximumOf(result);
    code.scale(n, (float) (scale / sum), row);
    ALL.set(JAVA_FLOAT_UNALIGNED, at, ALL.get(JAVA_FLOAT_UNALIGNED, at) - scale);
    return (float) (Math.log(sum) - ((double) logit - max));
  }

  @Override
  public void softmax(int n, long row) {
    if (n < CodeElements.LANES) {
      few.softmax(n, row);
      return;
    }
    double sum = CodeElements.sumOf(code.exponentials(n, row));
    code.scale(n, (float) (1 / sum), row);
  }

  @Override
  public void softmaxBackward(int n, long y, long dy, long dx) {
    few.softmaxBackward(n, y, dy, dx);
  }

  @Override
  public float hinge(int n, long row, int target, float scale) {
    return few.hinge(n, row, target, scale);
  }
}
