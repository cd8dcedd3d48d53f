package org.lm4j.backend.cpu.kernel.machine;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeGates;
import org.lm4j.backend.cpu.code.CodeGates.Function;
import org.lm4j.backend.cpu.code.GateStep;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.Lanes;

/** The steps of recurrent cells by machine code, with the same bits as the Vector API's. */
public final class CodeGateKernels implements GateKernels {
  private static final long STEP = (long) CodeGates.LANES * Float.BYTES;

  private final CodeGates code;

  private CodeGateKernels(CodeGates code) {
    this.code = code;
  }

  /** Returns the kernels for vectors of this width, or null where there is no such code. */
  public static @Nullable CodeGateKernels here() {
    CodeGates code = Lanes.COUNT == CodeGates.LANES ? CodeGates.here() : null;
    return code == null ? null : new CodeGateKernels(code);
  }

  @Override
  public int lanes() {
    return CodeGates.LANES;
  }

  @Override
  public void rnnForward(GateShape s, GateRange r, boolean relu, ElmanStep a, long h) {
    if (!isEmpty(r)) {
      code.run(relu ? Function.RELU : Function.ELMAN, forward(s, r, a, a.z, a.zh, a.bias, h));
    }
  }

  @Override
  public void rnnBackward(GateShape s, GateRange r, boolean relu, long z, long dh, long dy) {
    if (!isEmpty(r)) {
      long p = range(s, r);
      gates(p, s, r, z, z);
      gradients(p, s, r, dh, dy);
      code.run(relu ? Function.RELU_BACKWARD : Function.ELMAN_BACKWARD, p);
    }
  }

  @Override
  public void lstmForward(GateShape s, GateRange r, LstmStep a, long h) {
    if (isEmpty(r)) {
      return;
    }
    long p = forward(s, r, a, a.z, a.zh, a.bias, h);
    cells(p, s, r, a);
    CodeGates.set(p, GateStep.C, a.c + cell(s, r));
    code.run(a.keeps ? Function.LSTM : Function.LSTM_STATES, p);
  }

  @Override
  public void lstmBackward(GateShape s, GateRange r, LstmStep a, long dh, long dc, long dy) {
    if (isEmpty(r)) {
      return;
    }
    long p = range(s, r);
    gates(p, s, r, a.z, a.z);
    cells(p, s, r, a);
    gradients(p, s, r, dh, dy);
    CodeGates.set(p, GateStep.D_C, dc + cell(s, r));
    code.run(Function.LSTM_BACKWARD, p);
  }

  @Override
  public void gruForward(GateShape s, GateRange r, GruStep a, long h) {
    if (isEmpty(r)) {
      return;
    }
    long p = forward(s, r, a, a.zx, a.zh, a.bias, h);
    CodeGates.set(p, GateStep.BIAS_HIDDEN, a.biasH + r.vector() * STEP);
    CodeGates.set(p, GateStep.H_PREVIOUS, a.hPrev + hidden(s, r));
    code.run(Function.GRU, p);
  }

  @Override
  public void gruBackward(GateShape s, GateRange r, GruStep a, long dh, long dy) {
    if (isEmpty(r)) {
      return;
    }
    long p = range(s, r);
    gates(p, s, r, a.zx, a.zh);
    gradients(p, s, r, dh, dy);
    CodeGates.set(p, GateStep.D_DIRECT, a.direct + gradient(s, r));
    CodeGates.set(p, GateStep.H_PREVIOUS, a.hPrev + hidden(s, r));
    code.run(Function.GRU_BACKWARD, p);
  }

  private static boolean isEmpty(GateRange r) {
    return r.rows() <= 0 || r.vectorEnd() <= r.vector();
  }

  /** Sets what depends on the shape alone, and returns the address of the parameters. */
  private static long range(GateShape s, GateRange r) {
    long p = CodeGates.parameters();
    int last = Math.min(CodeGates.LANES, s.units() - (r.vectorEnd() - 1) * CodeGates.LANES);
    CodeGates.set(p, GateStep.ROWS, r.rows());
    CodeGates.set(p, GateStep.CELL_BYTES, (r.vectorEnd() - r.vector()) * STEP);
    CodeGates.set(p, GateStep.GATE_STRIDE, bytes(s.zStride()));
    CodeGates.set(p, GateStep.RECURRENT_STRIDE, bytes(s.zStride()));
    CodeGates.set(p, GateStep.CELL_STRIDE, bytes(s.cStride()));
    CodeGates.set(p, GateStep.H_STRIDE, bytes(s.units()));
    CodeGates.set(p, GateStep.LAST, (1L << last) - 1);
    return p;
  }

  /** Sets what every forward step reads, and where it writes gates and states. */
  private static long forward(
      GateShape s, GateRange r, Input a, long z, long zh, long bias, long h) {
    long p = range(s, r);
    input(p, s, r, a, z);
    gates(p, s, r, z, zh);
    CodeGates.set(p, GateStep.BIAS, bias + gates(s, r));
    CodeGates.set(p, GateStep.H, h + hidden(s, r));
    return p;
  }

  /** Sets where the input's part lies, by default where {@code gates} will. */
  private static void input(long p, GateShape s, GateRange r, Input a, long gates) {
    long rows = a.ids == 0 ? r.row() * bytes(s.zStride()) : 0;
    long first = (a.table == 0 ? gates : a.table) + gates(s, r);
    CodeGates.set(p, GateStep.INPUT, first + rows);
    CodeGates.set(p, GateStep.IDS, a.ids == 0 ? 0 : a.ids + bytes(r.row()));
  }

  private static void gates(long p, GateShape s, GateRange r, long z, long zh) {
    long at = r.row() * bytes(s.zStride()) + gates(s, r);
    CodeGates.set(p, GateStep.GATES, z + at);
    CodeGates.set(p, GateStep.RECURRENT, zh + at);
  }

  private static void cells(long p, GateShape s, GateRange r, LstmStep a) {
    CodeGates.set(p, GateStep.C_PREVIOUS, a.cPrev + cell(s, r));
    CodeGates.set(p, GateStep.TANH_C, a.tanhC + cell(s, r));
  }

  private static void gradients(long p, GateShape s, GateRange r, long dh, long dy) {
    CodeGates.set(p, GateStep.D_RECURRENT, dh + gradient(s, r));
    CodeGates.set(p, GateStep.D_RECURRENT_STRIDE, bytes(s.dhStride()));
    CodeGates.set(p, GateStep.D_OUTPUT, dy + hidden(s, r));
  }

  // Bytes from the beginning to the first row and vector: of a row of gates, cells, ...

  private static long gates(GateShape s, GateRange r) {
    return (long) r.vector() * s.gates() * STEP;
  }

  private static long cell(GateShape s, GateRange r) {
    return r.row() * bytes(s.cStride()) + r.vector() * STEP;
  }

  private static long hidden(GateShape s, GateRange r) {
    return r.row() * bytes(s.units()) + r.vector() * STEP;
  }

  private static long gradient(GateShape s, GateRange r) {
    return r.row() * bytes(s.dhStride()) + r.vector() * STEP;
  }

  private static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }
}
