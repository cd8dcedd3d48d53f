package org.lm4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/**
 * What the machine can do at most with some number of threads, both measured and not looked up.
 *
 * @param threads of the backend, and of the copy
 * @param flops floating-point operations per second of lm4j's own float32 product of 2048 x 2048 x
 *     2048
 * @param bandwidth bytes per second of a copy far larger than any cache, read and written together
 */
record Machine(int threads, double flops, double bandwidth) {
  private static final int SIDE = 2048;
  private static final long COPY_BYTES = 512L << 20;
  private static final int ROUNDS = 12; // the first ones warm up; the best counts
  private static final long ALIGNMENT = 64;

  /** Measures, for about three seconds. */
  static Machine measure(int threads) {
    return new Machine(threads, flops(threads), bandwidth(threads));
  }

  /** The better of two measurements: what disturbs makes them only smaller. */
  Machine best(Machine other) {
    return new Machine(threads, Math.max(flops, other.flops), Math.max(bandwidth, other.bandwidth));
  }

  /** The least time that {@code work} can take, in seconds. */
  double leastSeconds(Work work) {
    return Math.max(work.flop() / flops, work.bytes() / bandwidth);
  }

  /** Whether arithmetic, not memory, bounds {@code work}. */
  boolean boundByArithmetic(Work work) {
    return work.flop() / flops >= work.bytes() / bandwidth;
  }

  private static double flops(int threads) {
    try (Backend backend = Backends.open("cpu", new BackendOptions(threads))) {
      Tensor a = backend.allocate(SIDE, SIDE);
      Tensor b = backend.allocate(SIDE, SIDE);
      Tensor c = backend.allocate(SIDE, SIDE);
      backend.fill(a, 0.5);
      backend.fill(b, 0.25);
      double seconds = best(() -> backend.gemm(GemmOp.NT, 1, a, b, 0, c));
      for (Tensor tensor : List.of(a, b, c)) {
        tensor.storage().close();
      }
      return 2.0 * SIDE * SIDE * SIDE / seconds;
    }
  }

  private static double bandwidth(int threads) {
    long share = COPY_BYTES / threads / ALIGNMENT * ALIGNMENT;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment from = arena.allocate(share * threads, ALIGNMENT).fill((byte) 1);
      MemorySegment to = arena.allocate(share * threads, ALIGNMENT).fill((byte) 2);
      double seconds = best(() -> copy(from, to, share, threads));
      return 2.0 * share * threads / seconds;
    }
  }

  /** Copies one share per thread; starting the threads takes far less time than copying. */
  private static void copy(MemorySegment from, MemorySegment to, long share, int threads) {
    List<Thread> team = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long begin = i * share;
      team.add(Thread.ofPlatform().start(() -> MemorySegment.copy(from, begin, to, begin, share)));
    }
    for (Thread member : team) {
      try {
        member.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while measuring the memory's bandwidth", e);
      }
    }
  }

  private static double best(Runnable work) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      work.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    return best / 1e9;
  }
}
