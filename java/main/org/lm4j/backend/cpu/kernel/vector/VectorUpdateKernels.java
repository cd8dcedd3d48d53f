package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.load;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;

/** Optimizer steps with the Vector API. All vectors are masked: the loops are bound by memory. */
public final class VectorUpdateKernels implements UpdateKernels {

  /** Returns the gradient, scaled, plus L2 decay. */
  private static FloatVector gradient(UpdateStep s, long g, FloatVector w, VectorMask<Float> m) {
    return w.fma(broadcast(s.decay), load(g, m).mul(s.gradientScale));
  }

  @Override
  public void sgd(UpdateStep s, long n, long w, long g, long m) {
    FloatVector zero = broadcast(0f);
    for (long i = 0; i < n; i += LANES) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      long at = i * Float.BYTES;
      FloatVector weight = load(w + at, mask);
      FloatVector grad = gradient(s, g + at, weight, mask);
      FloatVector step = grad;
      if (m != 0) {
        FloatVector buffer = s.first ? grad : load(m + at, mask).fma(broadcast(s.momentum), grad);
        store(buffer, m + at, mask);
        step = s.nesterov ? buffer.fma(broadcast(s.momentum), grad) : buffer;
      }
      store(step.fma(broadcast(-s.rate), weight), w + at, mask);
      store(zero, g + at, mask);
    }
  }

  @Override
  public void rmsProp(UpdateStep s, long n, long w, long g, long v) {
    dividedByRoot(s, n, w, g, v, true);
  }

  @Override
  public void adaGrad(UpdateStep s, long n, long w, long g, long v) {
    dividedByRoot(s, n, w, g, v, false);
  }

  /** Divides the gradient by the root of a running mean of its squares, or of their sum. */
  private static void dividedByRoot(UpdateStep s, long n, long w, long g, long v, boolean mean) {
    FloatVector zero = broadcast(0f);
    for (long i = 0; i < n; i += LANES) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      long at = i * Float.BYTES;
      FloatVector weight = load(w + at, mask);
      FloatVector grad = gradient(s, g + at, weight, mask);
      FloatVector before = load(v + at, mask);
      FloatVector squares =
          mean
              ? before.fma(broadcast(s.momentum), grad.mul(grad).mul(s.fresh))
              : grad.fma(grad, before);
      store(squares, v + at, mask);
      FloatVector step = grad.div(squares.sqrt().add(s.epsilon));
      store(step.fma(broadcast(-s.rate), weight), w + at, mask);
      store(zero, g + at, mask);
    }
  }

  @Override
  public void adam(UpdateStep s, long n, long w, long g, long m, long v) {
    FloatVector zero = broadcast(0f);
    for (long i = 0; i < n; i += LANES) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      long at = i * Float.BYTES;
      FloatVector weight = load(w + at, mask);
      FloatVector grad = gradient(s, g + at, weight, mask);
      FloatVector mean = load(m + at, mask).fma(broadcast(s.momentum), grad.mul(s.fresh));
      FloatVector square = load(v + at, mask).fma(broadcast(s.beta2), grad.mul(grad).mul(s.fresh2));
      store(mean, m + at, mask);
      store(square, v + at, mask);
      FloatVector root = square.sqrt().fma(broadcast(s.rootCorrection), broadcast(s.epsilon));
      FloatVector kept = weight.mul(s.keep);
      store(mean.div(root).fma(broadcast(-s.rate), kept), w + at, mask);
      store(zero, g + at, mask);
    }
  }

  @Override
  public void anchored(UpdateStep s, long n, long w, long g, long m, long r) {
    FloatVector zero = broadcast(0f);
    for (long i = 0; i < n; i += LANES) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      long at = i * Float.BYTES;
      FloatVector weight = load(w + at, mask);
      FloatVector root = load(r + at, mask);
      FloatVector step = load(g + at, mask).mul(s.gradientScale).div(root.add(s.epsilon));
      FloatVector moved = root.mul(s.back).min(1).fma(load(m + at, mask).sub(weight), weight);
      store(step.fma(broadcast(-s.rate), moved), w + at, mask);
      store(zero, g + at, mask);
    }
  }
}
