package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeUpdates;
import org.lm4j.backend.cpu.code.CodeUpdates.Step;
import org.lm4j.backend.cpu.code.UpdateNumber;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;

/** Steps of optimizers by machine code, with the same bits as the Vector API's. */
public final class CodeUpdateKernels implements UpdateKernels {
  private final CodeUpdates code;

  private CodeUpdateKernels(CodeUpdates code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeUpdateKernels here() {
    CodeUpdates code = Lanes.COUNT == CodeUpdates.LANES ? CodeUpdates.here() : null;
    return code == null ? null : new CodeUpdateKernels(code);
  }

  /** Sets the numbers of every step, and returns the address of all. */
  private static long numbers(UpdateStep s) {
    long numbers = CodeUpdates.numbers();
    CodeUpdates.set(numbers, UpdateNumber.DECAY, s.decay);
    CodeUpdates.set(numbers, UpdateNumber.SCALE, s.gradientScale);
    CodeUpdates.set(numbers, UpdateNumber.RATE, -s.rate);
    return numbers;
  }

  @Override
  public void sgd(UpdateStep s, long n, long w, long g, long m) {
    long numbers = numbers(s);
    if (m == 0) {
      code.run(Step.SGD, numbers, n, w, g, 0, 0);
      return;
    }
    CodeUpdates.set(numbers, UpdateNumber.MOMENTUM, s.momentum);
    Step usual = s.nesterov ? Step.NESTEROV : Step.MOMENTUM;
    Step first = s.nesterov ? Step.FIRST_NESTEROV : Step.FIRST_MOMENTUM;
    code.run(s.first ? first : usual, numbers, n, w, g, m, 0);
  }

  @Override
  public void rmsProp(UpdateStep s, long n, long w, long g, long v) {
    long numbers = numbers(s);
    CodeUpdates.set(numbers, UpdateNumber.MOMENTUM, s.momentum);
    CodeUpdates.set(numbers, UpdateNumber.FRESH, s.fresh);
    CodeUpdates.set(numbers, UpdateNumber.EPSILON, s.epsilon);
    code.run(Step.RMS_PROP, numbers, n, w, g, v, 0);
  }

  @Override
  public void adaGrad(UpdateStep s, long n, long w, long g, long v) {
    long numbers = numbers(s);
    CodeUpdates.set(numbers, UpdateNumber.EPSILON, s.epsilon);
    code.run(Step.ADA_GRAD, numbers, n, w, g, v, 0);
  }

  @Override
  public void adam(UpdateStep s, long n, long w, long g, long m, long v) {
    long numbers = numbers(s);
    CodeUpdates.set(numbers, UpdateNumber.MOMENTUM, s.momentum);
    CodeUpdates.set(numbers, UpdateNumber.FRESH, s.fresh);
    CodeUpdates.set(numbers, UpdateNumber.BETA_2, s.beta2);
    CodeUpdates.set(numbers, UpdateNumber.FRESH_2, s.fresh2);
    CodeUpdates.set(numbers, UpdateNumber.ROOT, s.rootCorrection);
    CodeUpdates.set(numbers, UpdateNumber.EPSILON, s.epsilon);
    CodeUpdates.set(numbers, UpdateNumber.KEEP, s.keep);
    code.run(Step.ADAM, numbers, n, w, g, m, v);
  }

  @Override
  public void anchored(UpdateStep s, long n, long w, long g, long m, long r) {
    long numbers = numbers(s);
    CodeUpdates.set(numbers, UpdateNumber.EPSILON, s.epsilon);
    CodeUpdates.set(numbers, UpdateNumber.KEEP, 1);
    CodeUpdates.set(numbers, UpdateNumber.BACK, s.back);
    code.run(Step.ANCHORED, numbers, n, w, g, m, r);
  }
}
