package org.lm4j.backend.cpu;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeReads;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * Reading a piece of memory from its first byte to its last, as weights are read for a token: by
 * machine code that does nothing else, or where there is none by products of rows with a vector.
 */
final class ReadTrial implements CpuSpeed.Trial {
  /** The smallest piece, which a core's first cache holds. */
  static final long LEAST = 1 << 15;

  /** The largest, which a core's share of a common cache mostly does not hold. */
  static final long MOST = 1 << 25;

  private static final long OF_ALL_THREADS = 1L << 30;

  /** The bytes of a run at least, beside which its call is nothing. */
  private static final long RUN = 1 << 20;

  private static final int ROW = 1024; // floats, where there is no machine code

  private static final @Nullable CodeReads CODE = CodeReads.here();

  private final long from;
  private final long bytes;
  private final long passes;
  private final HostStorage results;
  private final HostStorage row;

  /** Creates a trial that reads memory of whole {@link #LEAST}, which stays another's. */
  ReadTrial(long from, long bytes) {
    this.from = from;
    this.bytes = bytes;
    this.passes = passes(bytes);
    this.results = new HostStorage(Math.max(CodeReads.SUMS, bytes / ROW));
    this.row = new HostStorage((long) ROW * Float.BYTES);
  }

  /**
   * Returns the largest piece that so many threads read at once, without taking too much memory.
   */
  static long most(int threads) {
    long most = MOST;
    while (most > LEAST && most * threads > OF_ALL_THREADS) {
      most /= 2;
    }
    return most;
  }

  /** Returns memory to read: of pages that have been written to, since others may be one page. */
  static HostStorage memory(long bytes) {
    HostStorage storage = new HostStorage(bytes);
    Kernels.ELEMENTS.fill(bytes / Float.BYTES, 1, storage.address());
    return storage;
  }

  private static long passes(long bytes) {
    return Math.max(1, RUN / bytes);
  }

  /** Returns the bytes that a run reads. */
  static double bytes(long bytes) {
    return (double) passes(bytes) * bytes;
  }

  @Override
  public void run() {
    CodeReads code = CODE;
    if (code != null) {
      code.read(passes, from, bytes, results.address());
      return;
    }
    int rows = (int) (bytes / (ROW * Float.BYTES));
    for (long pass = 0; pass < passes; pass++) {
      Kernels.PRODUCTS.dots(rows, ROW, from, row.address(), results.address());
    }
  }

  @Override
  public void close() {
    results.close();
    row.close();
  }
}
