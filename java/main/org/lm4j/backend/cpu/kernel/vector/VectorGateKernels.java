package org.lm4j.backend.cpu.kernel.vector;

import static org.lm4j.backend.cpu.kernel.vector.VectorMath.LANES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.ORDER;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.SPECIES;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.broadcast;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.sigmoid;
import static org.lm4j.backend.cpu.kernel.vector.VectorMath.tanh;
import static org.lm4j.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;

/**
 * Gate functions with the Vector API. A forward step goes over each row in a few short passes with
 * one exponential each: a single one would exceed what the JIT inlines into a method, after which
 * vectors become objects. The passes are called through an interface with more than two
 * implementations, so that each remains a separate method; a row lies in the L1 cache.
 */
public final class VectorGateKernels implements GateKernels {
  private static final long STEP = (long) LANES * Float.BYTES;
  private static final ElementKernels ELEMENTS = new VectorElementKernels();

  private static final LstmPass[] LSTM_PASSES = {
    VectorGateKernels::lstmSigmoids, VectorGateKernels::lstmCell, VectorGateKernels::lstmOutput
  };

  private static final GruPass[] GRU_PASSES = {
    VectorGateKernels::gruSigmoids, VectorGateKernels::gruFresh, VectorGateKernels::gruState
  };

  /** One loop over a row of an LSTM step. */
  @FunctionalInterface
  private interface LstmPass {
    void run(GateShape s, GateRange r, LstmStep a, long h, int row);
  }

  /** One loop over a row of a GRU step. */
  @FunctionalInterface
  private interface GruPass {
    void run(GateShape s, GateRange r, GruStep a, long h, int row);
  }

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

  @Override
  public void rnnForward(GateShape s, GateRange r, boolean relu, ElmanStep a, long h) {
    int vectors = r.vectorEnd() - r.vector();
    for (int row = r.row(); row < r.rowEnd(); row++) {
      long at = at(0, row, s.zStride(), r.vector(), 1);
      long z = a.z + at;
      long first = r.vector() * STEP;
      sums(vectors * STEP, a.row(s, a.z, row) + first, a.zh + at, a.bias + first, z);
      if (relu) {
        ELEMENTS.relu((long) vectors * LANES, z, z);
      } else {
        ELEMENTS.tanh((long) vectors * LANES, z, z);
      }
      int units = Math.min(vectors * LANES, s.units() - r.vector() * LANES);
      long target = at(h, row, s.units(), r.vector(), 1);
      MemorySegment.copy(ALL, z, ALL, target, (long) units * Float.BYTES);
    }
  }

  /** {@code z = x + zh + bias} over {@code bytes} of a row. */
  private static void sums(long bytes, long x, long zh, long bias, long z) {
    for (long i = 0; i < bytes; i += STEP) {
      sum(x + i, zh + i, bias + i).intoMemorySegment(ALL, z + i, ORDER);
    }
  }

  private static FloatVector sum(long x, long zh, long bias) {
    return FloatVector.fromMemorySegment(SPECIES, ALL, x, ORDER)
        .add(FloatVector.fromMemorySegment(SPECIES, ALL, zh, ORDER))
        .add(FloatVector.fromMemorySegment(SPECIES, ALL, bias, ORDER));
  }

  @Override
  public void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(z, row, s.zStride(), v, 1);
        FloatVector out = FloatVector.fromMemorySegment(SPECIES, ALL, gate, ORDER);
        FloatVector grad =
            FloatVector.fromMemorySegment(SPECIES, ALL, at(dh, row, s.dhStride(), v, 1), ORDER)
                .add(
                    FloatVector.fromMemorySegment(
                        SPECIES, ALL, at(dy, row, s.units(), v, 1), ORDER, units(s, v)));
        FloatVector dz =
            relu
                ? broadcast(0f).blend(grad, out.compare(VectorOperators.GT, 0f))
                : grad.mul(broadcast(1f).sub(out.mul(out)));
        dz.intoMemorySegment(ALL, gate, ORDER);
      }
    }
  }

  @Override
  public void lstmForward(GateShape s, GateRange r, LstmStep a, long h) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (LstmPass pass : LSTM_PASSES) {
        pass.run(s, r, a, h, row);
      }
    }
  }

  /** Gates i, f and o: all but every third of four. */
  private static void lstmSigmoids(GateShape s, GateRange r, LstmStep a, long h, int row) {
    long end = (r.vectorEnd() - r.vector()) * 4L * STEP;
    long first = r.vector() * 4L * STEP;
    long x = a.row(s, a.z, row) + first;
    long z = at(a.z, row, s.zStride(), r.vector(), 4);
    long zh = at(a.zh, row, s.zStride(), r.vector(), 4);
    long bias = a.bias + first;
    for (long i = 0; i < end; i += (i & 3 * STEP) == STEP ? 2 * STEP : STEP) {
      sigmoid(sum(x + i, zh + i, bias + i)).intoMemorySegment(ALL, z + i, ORDER);
    }
  }

  /** Gate g and the new cell state. */
  private static void lstmCell(GateShape s, GateRange r, LstmStep a, long h, int row) {
    long x = a.row(s, a.z, row);
    for (int v = r.vector(); v < r.vectorEnd(); v++) {
      long at = at(0, row, s.zStride(), v, 4);
      long gate = a.z + at;
      long cell = at(0, row, s.cStride(), v, 1);
      FloatVector g =
          tanh(sum(x + (v * 4L + 2) * STEP, a.zh + at + 2 * STEP, a.bias + (v * 4L + 2) * STEP));
      g.intoMemorySegment(ALL, gate + 2 * STEP, ORDER);
      FloatVector kept =
          FloatVector.fromMemorySegment(SPECIES, ALL, gate + STEP, ORDER)
              .mul(FloatVector.fromMemorySegment(SPECIES, ALL, a.cPrev + cell, ORDER));
      FloatVector.fromMemorySegment(SPECIES, ALL, gate, ORDER)
          .fma(g, kept)
          .intoMemorySegment(ALL, a.c + cell, ORDER);
    }
  }

  private static void lstmOutput(GateShape s, GateRange r, LstmStep a, long h, int row) {
    for (int v = r.vector(); v < r.vectorEnd(); v++) {
      long cell = at(0, row, s.cStride(), v, 1);
      FloatVector tanhC = tanh(FloatVector.fromMemorySegment(SPECIES, ALL, a.c + cell, ORDER));
      tanhC.intoMemorySegment(ALL, a.tanhC + cell, ORDER);
      FloatVector.fromMemorySegment(SPECIES, ALL, at(a.z + 3 * STEP, row, s.zStride(), v, 4), ORDER)
          .mul(tanhC)
          .intoMemorySegment(ALL, at(h, row, s.units(), v, 1), ORDER, units(s, v));
    }
  }

  @Override
  public void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy) {
    FloatVector one = broadcast(1f);
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (int v = r.vector(); v < r.vectorEnd(); v++) {
        long gate = at(a.z, row, s.zStride(), v, 4);
        long cell = at(0, row, s.cStride(), v, 1);
        FloatVector i = FloatVector.fromMemorySegment(SPECIES, ALL, gate, ORDER);
        FloatVector f = FloatVector.fromMemorySegment(SPECIES, ALL, gate + STEP, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(SPECIES, ALL, gate + 2 * STEP, ORDER);
        FloatVector o = FloatVector.fromMemorySegment(SPECIES, ALL, gate + 3 * STEP, ORDER);
        FloatVector grad =
            FloatVector.fromMemorySegment(SPECIES, ALL, at(dh, row, s.dhStride(), v, 1), ORDER)
                .add(
                    FloatVector.fromMemorySegment(
                        SPECIES, ALL, at(dy, row, s.units(), v, 1), ORDER, units(s, v)));
        FloatVector tanhC = FloatVector.fromMemorySegment(SPECIES, ALL, a.tanhC + cell, ORDER);
        FloatVector viaC = grad.mul(o).mul(one.sub(tanhC.mul(tanhC)));
        FloatVector cellGrad =
            FloatVector.fromMemorySegment(SPECIES, ALL, dc + cell, ORDER).add(viaC);
        cellGrad.mul(g).mul(i.sub(i.mul(i))).intoMemorySegment(ALL, gate, ORDER);
        cellGrad
            .mul(FloatVector.fromMemorySegment(SPECIES, ALL, a.cPrev + cell, ORDER))
            .mul(f.sub(f.mul(f)))
            .intoMemorySegment(ALL, gate + STEP, ORDER);
        cellGrad.mul(i).mul(one.sub(g.mul(g))).intoMemorySegment(ALL, gate + 2 * STEP, ORDER);
        grad.mul(tanhC).mul(o.sub(o.mul(o))).intoMemorySegment(ALL, gate + 3 * STEP, ORDER);
        cellGrad.mul(f).intoMemorySegment(ALL, dc + cell, ORDER);
      }
    }
  }

  @Override
  public void gruForward(GateShape s, GateRange r, GruStep a, long h) {
    for (int row = r.row(); row < r.rowEnd(); row++) {
      for (GruPass pass : GRU_PASSES) {
        pass.run(s, r, a, h, row);
      }
    }
  }

  /** Gates r and z: all but every third. */
  private static void gruSigmoids(GateShape s, GateRange r, GruStep a, long h, int row) {
    long x = a.row(s, a.zx, row);
    for (int v = r.vector(); v < r.vectorEnd(); v++) {
      long at = at(0, row, s.zStride(), v, 3);
      long first = v * 3L * STEP;
      for (long i = 0; i < 2 * STEP; i += STEP) {
        sigmoid(sum(x + first + i, a.zh + at + i, a.bias + first + i))
            .intoMemorySegment(ALL, a.zx + at + i, ORDER);
      }
    }
  }

  /** Gate n; its slot of zh gets its second bias, which the backward pass needs. */
  private static void gruFresh(GateShape s, GateRange r, GruStep a, long h, int row) {
    long x = a.row(s, a.zx, row);
    for (int v = r.vector(); v < r.vectorEnd(); v++) {
      long at = at(0, row, s.zStride(), v, 3);
      long fresh = a.zx + at + 2 * STEP;
      long recurrent = a.zh + at + 2 * STEP;
      FloatVector second =
          FloatVector.fromMemorySegment(SPECIES, ALL, recurrent, ORDER)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, a.biasH + v * STEP, ORDER));
      second.intoMemorySegment(ALL, recurrent, ORDER);
      FloatVector first =
          FloatVector.fromMemorySegment(SPECIES, ALL, x + (v * 3L + 2) * STEP, ORDER)
              .add(
                  FloatVector.fromMemorySegment(SPECIES, ALL, a.bias + (v * 3L + 2) * STEP, ORDER));
      tanh(FloatVector.fromMemorySegment(SPECIES, ALL, a.zx + at, ORDER).fma(second, first))
          .intoMemorySegment(ALL, fresh, ORDER);
    }
  }

  private static void gruState(GateShape s, GateRange r, GruStep a, long h, int row) {
    for (int v = r.vector(); v < r.vectorEnd(); v++) {
      long at = at(a.zx, row, s.zStride(), v, 3);
      VectorMask<Float> mask = units(s, v);
      FloatVector fresh = FloatVector.fromMemorySegment(SPECIES, ALL, at + 2 * STEP, ORDER);
      FloatVector old =
          FloatVector.fromMemorySegment(
              SPECIES, ALL, at(a.hPrev, row, s.units(), v, 1), ORDER, mask);
      FloatVector.fromMemorySegment(SPECIES, ALL, at + STEP, ORDER)
          .fma(old.sub(fresh), fresh)
          .intoMemorySegment(ALL, at(h, row, s.units(), v, 1), ORDER, mask);
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
        FloatVector reset = FloatVector.fromMemorySegment(SPECIES, ALL, gx, ORDER);
        FloatVector update = FloatVector.fromMemorySegment(SPECIES, ALL, gx + STEP, ORDER);
        FloatVector fresh = FloatVector.fromMemorySegment(SPECIES, ALL, gx + 2 * STEP, ORDER);
        long direct = at(a.direct, row, s.dhStride(), v, 1);
        FloatVector grad =
            FloatVector.fromMemorySegment(SPECIES, ALL, at(dh, row, s.dhStride(), v, 1), ORDER)
                .add(
                    FloatVector.fromMemorySegment(
                        SPECIES, ALL, at(dy, row, s.units(), v, 1), ORDER, mask))
                .add(FloatVector.fromMemorySegment(SPECIES, ALL, direct, ORDER));
        FloatVector old =
            FloatVector.fromMemorySegment(
                SPECIES, ALL, at(a.hPrev, row, s.units(), v, 1), ORDER, mask);
        FloatVector dn = grad.mul(one.sub(update)).mul(one.sub(fresh.mul(fresh)));
        FloatVector dz = grad.mul(old.sub(fresh)).mul(update.sub(update.mul(update)));
        FloatVector dr =
            dn.mul(FloatVector.fromMemorySegment(SPECIES, ALL, gh + 2 * STEP, ORDER))
                .mul(reset.sub(reset.mul(reset)));
        dr.intoMemorySegment(ALL, gx, ORDER);
        dz.intoMemorySegment(ALL, gx + STEP, ORDER);
        dn.intoMemorySegment(ALL, gx + 2 * STEP, ORDER);
        dr.intoMemorySegment(ALL, gh, ORDER);
        dz.intoMemorySegment(ALL, gh + STEP, ORDER);
        dn.mul(reset).intoMemorySegment(ALL, gh + 2 * STEP, ORDER);
        grad.mul(update).intoMemorySegment(ALL, direct, ORDER);
      }
    }
  }
}
