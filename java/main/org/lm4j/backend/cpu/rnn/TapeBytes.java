package org.lm4j.backend.cpu.rnn;

import java.util.function.LongFunction;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.compute.RnnSpec;
import org.lm4j.tensor.HostStorage;

/** The memory that a tape takes, known before it is made. */
public final class TapeBytes {
  private TapeBytes() {}

  /**
   * Returns the bytes of a tape, including what it may allocate later: the products of a table that
   * a window looks up, weights that stay packed, and the sums of gradients that a library computes.
   */
  public static long of(
      RnnSpec spec, int steps, int batch, boolean training, WorkerTeam team, Jobs jobs) {
    long[] taken = new long[1];
    LongFunction<HostStorage> nothing =
        bytes -> {
          taken[0] = Math.addExact(taken[0], bytes);
          return new HostStorage(0);
        };
    try (CpuRnnTape tape = new CpuRnnTape(spec, steps, batch, training, team, jobs, nothing)) {
      long products = (long) tape.rows() / 2 * tape.shape.zStride() * Float.BYTES;
      long sums = 0;
      if (training && jobs.engine.mayCall()) {
        int widest = Math.max(spec.inputSize(), spec.hiddenSize());
        sums = ((long) widest + spec.hiddenSize()) * tape.shape.gateWidth() * Float.BYTES;
      }
      long later = Math.addExact(sums, tape.keeps() ? tape.packed.bytes() : 0);
      later = Math.addExact(later, tape.direct() ? 0 : products);
      return Math.addExact(taken[0], later);
    }
  }
}
