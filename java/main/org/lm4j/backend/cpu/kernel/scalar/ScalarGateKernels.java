package org.lm4j.backend.cpu.kernel.scalar;

import static org.lm4j.backend.cpu.kernel.PlainMemory.get;
import static org.lm4j.backend.cpu.kernel.PlainMemory.set;
import static org.lm4j.backend.cpu.kernel.PlainMemory.sigmoid;

import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;

/** Gate functions in plain loops. */
public final class ScalarGateKernels implements GateKernels {
  private static final int LANES = 8; // of the layout: panels are as wide as with real vectors

  /** The cell at one unit of one row; places are element offsets from row 0. */
  @FunctionalInterface
  private interface Unit {
    void apply(long gate, int unit, long cell, long hidden, long gradient);
  }

  @Override
  public int lanes() {
    return LANES;
  }

  private static void each(GateShape s, GateRange r, Unit body) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      int end = Math.min(r.vectorEnd() * LANES, s.units());
      for (int unit = r.vector() * LANES; unit < end; unit++) {
        body.apply(
            (long) row * s.zStride() + s.place(0, unit),
            unit,
            (long) row * s.cStride() + unit,
            (long) row * s.units() + unit,
            (long) row * s.dhStride() + unit);
      }
    }
  }

  /** The address of the input's part of the row that {@code gate} is in. */
  private static long input(GateShape s, Input input, long gates, long gate) {
    return input.row(s, gates, (int) (gate / s.zStride()));
  }

  private static float gradient(long dh, long dhAt, long dy, long dyAt) {
    return get(dh, dhAt) + (dy == 0 ? 0 : get(dy, dyAt));
  }

  @Override
  public void rnnForward(GateShape s, GateRange r, boolean relu, ElmanStep a, long h) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, gradient) -> {
          float sum = get(input(s, a, a.z, gate), unit) + get(a.zh, gate) + get(a.bias, unit);
          double out = !relu ? Math.tanh(sum) : sum < 0 ? 0 : sum;
          set(a.z, gate, out);
          set(h, hidden, out);
        });
  }

  @Override
  public void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, at) -> {
          float out = get(z, gate);
          float grad = gradient(dh, at, dy, hidden);
          set(z, gate, !relu ? grad * (1 - out * out) : out > 0 ? grad : 0);
        });
  }

  @Override
  public void lstmForward(GateShape s, GateRange r, LstmStep a, long h) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, at) -> {
          int b = s.place(0, unit);
          long x = input(s, a, a.z, gate);
          double i = sigmoid(get(x, b) + get(a.zh, gate) + get(a.bias, b));
          double f = sigmoid(get(x, b + LANES) + get(a.zh, gate + LANES) + get(a.bias, b + LANES));
          double g =
              Math.tanh(
                  get(x, b + 2 * LANES) + get(a.zh, gate + 2 * LANES) + get(a.bias, b + 2 * LANES));
          double o =
              sigmoid(
                  get(x, b + 3 * LANES) + get(a.zh, gate + 3 * LANES) + get(a.bias, b + 3 * LANES));
          double c = f * get(a.cPrev, cell) + i * g;
          set(a.z, gate, i);
          set(a.z, gate + LANES, f);
          set(a.z, gate + 2 * LANES, g);
          set(a.z, gate + 3 * LANES, o);
          set(a.c, cell, c);
          set(a.tanhC, cell, Math.tanh(c));
          set(h, hidden, o * Math.tanh(c));
        });
  }

  @Override
  public void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, at) -> {
          float i = get(a.z, gate);
          float f = get(a.z, gate + LANES);
          float g = get(a.z, gate + 2 * LANES);
          float o = get(a.z, gate + 3 * LANES);
          float tanhC = get(a.tanhC, cell);
          float grad = gradient(dh, at, dy, hidden);
          float cellGrad = get(dc, cell) + grad * o * (1 - tanhC * tanhC);
          set(a.z, gate, cellGrad * g * (i - i * i));
          set(a.z, gate + LANES, cellGrad * get(a.cPrev, cell) * (f - f * f));
          set(a.z, gate + 2 * LANES, cellGrad * i * (1 - g * g));
          set(a.z, gate + 3 * LANES, grad * tanhC * (o - o * o));
          set(dc, cell, cellGrad * f);
        });
  }

  @Override
  public void gruForward(GateShape s, GateRange r, GruStep a, long h) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, at) -> {
          int b = s.place(0, unit);
          int update = LANES;
          int fresh = 2 * LANES;
          long x = input(s, a, a.zx, gate);
          double reset = sigmoid(get(x, b) + get(a.zh, gate) + get(a.bias, b));
          double z =
              sigmoid(get(x, b + update) + get(a.zh, gate + update) + get(a.bias, b + update));
          double q = get(a.zh, gate + fresh) + get(a.biasH, unit);
          double n = Math.tanh(get(x, b + fresh) + get(a.bias, b + fresh) + reset * q);
          set(a.zx, gate, reset);
          set(a.zx, gate + update, z);
          set(a.zx, gate + fresh, n);
          set(a.zh, gate + fresh, q);
          set(h, hidden, n + z * (get(a.hPrev, hidden) - n));
        });
  }

  @Override
  public void gruBackward(GateShape s, GateRange r, GruStep a, long dh, long dy) {
    each(
        s,
        r,
        (gate, unit, cell, hidden, at) -> {
          float reset = get(a.zx, gate);
          float z = get(a.zx, gate + LANES);
          float n = get(a.zx, gate + 2 * LANES);
          float grad = gradient(dh, at, dy, hidden) + get(a.direct, at);
          float dn = grad * (1 - z) * (1 - n * n);
          float dz = grad * (get(a.hPrev, hidden) - n) * (z - z * z);
          float dr = dn * get(a.zh, gate + 2 * LANES) * (reset - reset * reset);
          set(a.zx, gate, dr);
          set(a.zx, gate + LANES, dz);
          set(a.zx, gate + 2 * LANES, dn);
          set(a.zh, gate, dr);
          set(a.zh, gate + LANES, dz);
          set(a.zh, gate + 2 * LANES, dn * reset);
          set(a.direct, at, grad * z);
        });
  }
}
