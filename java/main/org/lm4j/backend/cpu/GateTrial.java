package org.lm4j.backend.cpu;

import java.util.SplittableRandom;
import org.lm4j.backend.cpu.CpuSpeed.Gates;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/** A step of a cell beside its products, all of it in a core's first cache. */
final class GateTrial implements CpuSpeed.Trial {
  private static final int WIDTH = 128;
  private static final int ROWS = 2;

  /** The units whose gates are computed in a run. */
  static final int UNITS = WIDTH * ROWS;

  private final Gates which;
  private final GateShape shape;
  private final GateRange range;
  private final GateKernels.ElmanStep elman = new GateKernels.ElmanStep();
  private final GateKernels.LstmStep lstm = new GateKernels.LstmStep();
  private final GateKernels.GruStep gru = new GateKernels.GruStep();
  private final HostStorage memory;
  private final long h;
  private final long dh;
  private final long dc;
  private final long dy;
  private long next; // byte of the memory

  GateTrial(Gates which, int seed) {
    this.which = which;
    int gates = which.cell().gates();
    shape = GateShape.of(WIDTH, gates, Kernels.GATES.lanes());
    range = new GateRange(0, ROWS, 0, shape.vectors());
    long rows = (long) ROWS * shape.zStride();
    long cells = (long) ROWS * shape.dhStride();
    memory = numbers(4 * rows + 8 * cells, seed);
    next = memory.address();
    long z = take(rows);
    long zh = take(rows);
    long table = take(rows);
    long bias = take(rows);
    h = take(cells);
    dh = take(cells);
    dc = take(cells);
    dy = take(cells);
    for (GateKernels.Input input : new GateKernels.Input[] {elman, lstm, gru}) {
      input.table = table; // what a run writes is not what the next one reads
    }
    elman.z = lstm.z = gru.zx = z;
    elman.zh = lstm.zh = gru.zh = zh;
    elman.bias = lstm.bias = gru.bias = bias;
    lstm.keeps = which.training();
    lstm.cPrev = gru.hPrev = take(cells);
    lstm.c = gru.biasH = take(cells);
    lstm.tanhC = gru.direct = take(cells);
    Kernels.ELEMENTS.fill(cells, 0, gru.biasH);
  }

  /** Returns numbers between -1 and 1: a processor may need less current for zeros or ones. */
  static HostStorage numbers(long count, int seed) {
    HostStorage storage = new HostStorage(count * Float.BYTES);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < count; i++) {
      PlainMemory.set(storage.address(), i, 2 * (float) random.nextDouble() - 1);
    }
    return storage;
  }

  private long take(long floats) {
    long address = next;
    next += floats * Float.BYTES;
    return address;
  }

  @Override
  public void run() {
    GateKernels kernels = Kernels.GATES;
    switch (which.cell()) {
      case LSTM -> {
        kernels.lstmForward(shape, range, lstm, h);
        if (which.training()) {
          kernels.lstmBackward(shape, range, lstm, dh, dc, dy);
        }
      }
      case GRU -> {
        kernels.gruForward(shape, range, gru, h);
        if (which.training()) {
          kernels.gruBackward(shape, range, gru, dh, dy);
        }
      }
      default -> {
        kernels.rnnForward(shape, range, false, elman, h);
        if (which.training()) {
          kernels.rnnBackward(shape, range, false, elman.z, dh, dy);
        }
      }
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
