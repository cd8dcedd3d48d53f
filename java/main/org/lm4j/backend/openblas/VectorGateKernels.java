package org.lm4j.backend.openblas;

import static org.lm4j.backend.openblas.VectorMath.LANES;
import static org.lm4j.backend.openblas.VectorMath.SPECIES;
import static org.lm4j.backend.openblas.VectorMath.broadcast;
import static org.lm4j.backend.openblas.VectorMath.load;
import static org.lm4j.backend.openblas.VectorMath.sigmoid;
import static org.lm4j.backend.openblas.VectorMath.store;
import static org.lm4j.backend.openblas.VectorMath.tanh;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Gate functions with the Vector API. */
final class VectorGateKernels implements GateKernels {
  private static final long STEP = (long) LANES * Float.BYTES;

  @Override
  public int lanes() {
    return LANES;
  }

  private static VectorMask<Float> units(GateShape s, int vector) {
    return SPECIES.indexInRange(vector * LANES, s.units());
  }

  private static long at(long base, int row, int stride, int vector, int gates) {
    return base + ((long) row * stride + (long) vector * gates * LANES) * Float.BYTES;
  }

  /** {@code dh}, plus the gradient that comes from above if there is one. */
  private static FloatVector gradient(
      GateShape s, int row, int vector, long dh, long dy, VectorMask<Float> mask) {
    FloatVector sum = load(at(dh, row, s.dhStride(), vector, 1));
    return dy == 0 ? sum : sum.add(load(at(dy, row, s.units(), vector, 1), mask));
  }

  @Override
  public void rnnForward(GateShape s, GateRange r, boolean relu, long z, long bias, long h) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(z, row, s.zStride(), v, 1);
        FloatVector sum = load(gate).add(load(bias + (long) v * STEP));
        FloatVector out = relu ? VectorElementKernels.relu(sum) : tanh(sum);
        store(out, gate);
        store(out, at(h, row, s.units(), v, 1), units(s, v));
      }
    }
  }

  @Override
  public void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(z, row, s.zStride(), v, 1);
        FloatVector out = load(gate);
        FloatVector grad = gradient(s, row, v, dh, dy, units(s, v));
        FloatVector dz =
            relu
                ? broadcast(0f).blend(grad, out.compare(VectorOperators.GT, 0f))
                : grad.mul(broadcast(1f).sub(out.mul(out)));
        store(dz, gate);
      }
    }
  }

  @Override
  public void lstmForward(GateShape s, GateRange r, LstmStep a, long h) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(a.z, row, s.zStride(), v, 4);
        long bias = a.bias + (long) v * 4 * STEP;
        FloatVector i = sigmoid(load(gate).add(load(bias)));
        FloatVector f = sigmoid(load(gate + STEP).add(load(bias + STEP)));
        FloatVector g = tanh(load(gate + 2 * STEP).add(load(bias + 2 * STEP)));
        FloatVector o = sigmoid(load(gate + 3 * STEP).add(load(bias + 3 * STEP)));
        store(i, gate);
        store(f, gate + STEP);
        store(g, gate + 2 * STEP);
        store(o, gate + 3 * STEP);
        long cell = at(0, row, s.cStride(), v, 1);
        FloatVector c = f.fma(load(a.cPrev + cell), i.mul(g));
        FloatVector tanhC = tanh(c);
        store(c, a.c + cell);
        store(tanhC, a.tanhC + cell);
        store(o.mul(tanhC), at(h, row, s.units(), v, 1), units(s, v));
      }
    }
  }

  @Override
  public void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy) {
    FloatVector one = broadcast(1f);
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(a.z, row, s.zStride(), v, 4);
        long cell = at(0, row, s.cStride(), v, 1);
        FloatVector i = load(gate);
        FloatVector f = load(gate + STEP);
        FloatVector g = load(gate + 2 * STEP);
        FloatVector o = load(gate + 3 * STEP);
        FloatVector grad = gradient(s, row, v, dh, dy, units(s, v));
        FloatVector tanhC = load(a.tanhC + cell);
        FloatVector viaC = grad.mul(o).mul(one.sub(tanhC.mul(tanhC)));
        FloatVector cellGrad = load(dc + cell).add(viaC);
        store(cellGrad.mul(g).mul(i.sub(i.mul(i))), gate);
        store(cellGrad.mul(load(a.cPrev + cell)).mul(f.sub(f.mul(f))), gate + STEP);
        store(cellGrad.mul(i).mul(one.sub(g.mul(g))), gate + 2 * STEP);
        store(grad.mul(tanhC).mul(o.sub(o.mul(o))), gate + 3 * STEP);
        store(cellGrad.mul(f), dc + cell);
      }
    }
  }

  @Override
  public void gruForward(GateShape s, GateRange r, GruStep a, long bias, long biasH, long h) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        VectorMask<Float> mask = units(s, v);
        long gx = at(a.zx, row, s.zStride(), v, 3);
        long gh = at(a.zh, row, s.zStride(), v, 3);
        long b = bias + (long) v * 3 * STEP;
        FloatVector reset = sigmoid(load(gx).add(load(gh)).add(load(b)));
        FloatVector update = sigmoid(load(gx + STEP).add(load(gh + STEP)).add(load(b + STEP)));
        FloatVector q = load(gh + 2 * STEP).add(load(biasH + (long) v * STEP));
        FloatVector sum = load(gx + 2 * STEP).add(load(b + 2 * STEP));
        FloatVector fresh = tanh(reset.fma(q, sum));
        store(reset, gx);
        store(update, gx + STEP);
        store(fresh, gx + 2 * STEP);
        store(q, gh + 2 * STEP);
        FloatVector old = load(at(a.hPrev, row, s.units(), v, 1), mask);
        store(update.fma(old.sub(fresh), fresh), at(h, row, s.units(), v, 1), mask);
      }
    }
  }

  @Override
  public void gruBackward(GateShape s, GateRange r, GruStep a, long dh, long dy) {
    FloatVector one = broadcast(1f);
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        VectorMask<Float> mask = units(s, v);
        long gx = at(a.zx, row, s.zStride(), v, 3);
        long gh = at(a.zh, row, s.zStride(), v, 3);
        FloatVector reset = load(gx);
        FloatVector update = load(gx + STEP);
        FloatVector fresh = load(gx + 2 * STEP);
        FloatVector grad = gradient(s, row, v, dh, dy, mask);
        FloatVector old = load(at(a.hPrev, row, s.units(), v, 1), mask);
        FloatVector dn = grad.mul(one.sub(update)).mul(one.sub(fresh.mul(fresh)));
        FloatVector dz = grad.mul(old.sub(fresh)).mul(update.sub(update.mul(update)));
        FloatVector dr = dn.mul(load(gh + 2 * STEP)).mul(reset.sub(reset.mul(reset)));
        store(dr, gx);
        store(dz, gx + STEP);
        store(dn, gx + 2 * STEP);
        store(dr, gh);
        store(dz, gh + STEP);
        store(dn.mul(reset), gh + 2 * STEP);
        store(grad.mul(update), at(dh, row, s.dhStride(), v, 1));
      }
    }
  }
}
