package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeElements;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;
import org.lm4j.backend.cpu.kernel.vector.VectorMath;
import org.lm4j.backend.cpu.kernel.vector.VectorUpdateKernels;

/**
 * Steps of Adam and of SGD without momentum by machine code, with the same bits as the Vector
 * API's; all else by the Vector API.
 */
public final class CodeUpdateKernels implements UpdateKernels {
  private final CodeElements code;
  private final UpdateKernels others = new VectorUpdateKernels();

  private CodeUpdateKernels(CodeElements code) {
    this.code = code;
  }

  /** Returns the kernels for the width of the Vector API, or null where there is no such code. */
  public static @Nullable CodeUpdateKernels here() {
    CodeElements code = VectorMath.LANES == CodeElements.LANES ? CodeElements.here() : null;
    return code == null ? null : new CodeUpdateKernels(code);
  }

  @Override
  public void sgd(UpdateStep s, long n, long w, long g, long m) {
    if (m == 0) {
      code.sgd(n, s.decay, s.gradientScale, s.rate, w, g);
    } else {
      others.sgd(s, n, w, g, m);
    }
  }

  @Override
  public void rmsProp(UpdateStep s, long n, long w, long g, long v) {
    others.rmsProp(s, n, w, g, v);
  }

  @Override
  public void adaGrad(UpdateStep s, long n, long w, long g, long v) {
    others.adaGrad(s, n, w, g, v);
  }

  @Override
  public void adam(UpdateStep s, long n, long w, long g, long m, long v) {
    CodeElements.Adam numbers =
        new CodeElements.Adam(
            s.decay,
            s.gradientScale,
            s.momentum,
            s.fresh,
            s.beta2,
            s.fresh2,
            s.rootCorrection,
            s.epsilon,
            s.keep,
            s.rate);
    code.adam(numbers, n, w, g, m, v);
  }

  @Override
  public void anchored(UpdateStep s, long n, long w, long g, long m, long r) {
    others.anchored(s, n, w, g, m, r);
  }
}
