package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeElements;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.Lanes;

/** Functions of arrays by machine code, with the same bits as the Vector API's. */
public final class CodeElementKernels implements ElementKernels {
  private final CodeElements code;

  private CodeElementKernels(CodeElements code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeElementKernels here() {
    CodeElements code = Lanes.COUNT == CodeElements.LANES ? CodeElements.here() : null;
    return code == null ? null : new CodeElementKernels(code);
  }

  @Override
  public void axpy(long n, float alpha, long x, long y) {
    code.axpy(n, alpha, x, y);
  }

  @Override
  public void scale(long n, float alpha, long x) {
    code.scale(n, alpha, x);
  }

  @Override
  public void multiply(long n, long x, long y, long z) {
    code.multiply(n, x, y, z);
  }

  @Override
  public void sigmoid(long n, long x, long y) {
    code.sigmoid(n, x, y);
  }

  @Override
  public void tanh(long n, long x, long y) {
    code.tanh(n, x, y);
  }

  @Override
  public void relu(long n, long x, long y) {
    code.relu(n, x, y);
  }

  @Override
  public void sigmoidBackward(long n, long y, long dy, long dx) {
    code.sigmoidBackward(n, y, dy, dx);
  }

  @Override
  public void tanhBackward(long n, long y, long dy, long dx) {
    code.tanhBackward(n, y, dy, dx);
  }

  @Override
  public void reluBackward(long n, long y, long dy, long dx) {
    code.reluBackward(n, y, dy, dx);
  }

  @Override
  public void clamp(long n, float limit, long x) {
    code.clamp(n, limit, x);
  }

  @Override
  public void fill(long n, float value, long x) {
    code.fill(n, value, x);
  }

  @Override
  public double sum(long n, long x) {
    return code.sum(n, x);
  }

  @Override
  public double sumOfSquares(long n, long x) {
    return code.sumOfSquares(n, x);
  }
}
