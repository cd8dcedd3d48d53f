package org.lm4j.backend.cpu;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.compute.Cell;
import org.lm4j.tensor.HostStorage;

/**
 * Measures what bounds a recurrent model on this CPU: how fast matrices are multiplied whose
 * factors are in a core's own caches, how long the functions of the gates take beside them, and how
 * fast memory is read, which generation waits for. Takes a few seconds; a machine that does other
 * work at the same time shows lower speeds.
 */
public final class CpuSpeed {
  /** The time spent on one measurement in each round. */
  private static final long ROUND_NANOS = 12_000_000;

  /** How often each is timed in a round at least: where the machine is busy that takes longer. */
  private static final int ROUND_TIMES = 8;

  /** Rounds without a shorter time that end the measurements: all kernels are compiled then. */
  private static final int LAST_ROUNDS = 4;

  private static final int MOST_ROUNDS = 40;

  /** The time after which no further round begins. */
  private static final long MOST_NANOS = 8_000_000_000L;

  /** The same for reading memory, whose times never settle where others use the same caches. */
  private static final long MOST_NANOS_READING = 800_000_000L;

  /** The shortest time that is measured, beside which starting a team's threads is nothing. */
  private static final long LEAST_NANOS = 400_000;

  /** The share of the shortest time that a time has to be below to count as shorter. */
  private static final double SHORTER = 0.98;

  /** What a step of a cell computes beside its products. */
  public enum Gates {
    /** An LSTM's gates while a text is scored. */
    LSTM(Cell.LSTM, false),
    /** The same and their gradients. */
    LSTM_TRAINING(Cell.LSTM, true),
    /** A GRU's gates while a text is scored. */
    GRU(Cell.GRU, false),
    /** The same and their gradients. */
    GRU_TRAINING(Cell.GRU, true),
    /** The tanh of an Elman network while a text is scored. */
    RNN(Cell.RNN_TANH, false),
    /** The same and its gradient. */
    RNN_TRAINING(Cell.RNN_TANH, true);

    private final Cell cell;
    private final boolean training;

    Gates(Cell cell, boolean training) {
      this.cell = cell;
      this.training = training;
    }

    Cell cell() {
      return cell;
    }

    boolean training() {
      return training;
    }
  }

  /**
   * What was measured with a number of threads that worked at once.
   *
   * @param threads how many
   * @param float32 of products, 10^9 operations a second of all threads together
   * @param bf16 the same in bf16; null where the CPU has no instruction for it
   * @param gates what the gates of one unit take one thread, in nanoseconds
   * @param reading how fast memory is read, by increasing size
   */
  public record Speed(
      int threads,
      double float32,
      @Nullable Double bf16,
      Map<Gates, Double> gates,
      List<Reading> reading) {
    public Speed {
      gates = Map.copyOf(gates);
      reading = List.copyOf(reading);
    }
  }

  /**
   * How fast memory is read, again and again from its first byte to its last.
   *
   * @param bytes that each thread reads, which no other thread does
   * @param rate 10^9 bytes a second of all threads together
   */
  public record Reading(long bytes, double rate) {}

  private final WorkerTeam team;
  private final int threads;

  private CpuSpeed(WorkerTeam team, int threads) {
    this.team = team;
    this.threads = threads;
  }

  /**
   * Measures with one thread, and with {@code threads} if these are more.
   *
   * @param threads at least 1
   */
  public static List<Speed> measure(int threads) {
    List<Speed> found = new ArrayList<>();
    WorkerTeam team = new WorkerTeam(threads);
    try {
      found.add(new CpuSpeed(team, 1).measure());
      if (threads > 1) {
        found.add(new CpuSpeed(team, threads).measure());
      }
    } finally {
      team.close();
    }
    return found;
  }

  private Speed measure() {
    List<Timed> all = new ArrayList<>();
    try {
      List<Timed> float32 = products(FloatPanels.INSTANCE, all);
      Bf16Panels numbers = Bf16Panels.fastest();
      List<Timed> bf16 = numbers.missing().isEmpty() ? products(numbers, all) : List.of();
      Map<Gates, Timed> gates = new EnumMap<>(Gates.class);
      for (Gates which : Gates.values()) {
        Timed timed = new Timed(GateTrial.UNITS, seed -> new GateTrial(which, seed));
        all.add(timed);
        gates.put(which, timed);
      }
      measure(all, MOST_NANOS);
      Map<Gates, Double> nanos = new EnumMap<>(Gates.class);
      gates.forEach((which, timed) -> nanos.put(which, timed.nanos()));
      return new Speed(
          threads, speed(float32), bf16.isEmpty() ? null : speed(bf16), nanos, reading());
    } finally {
      all.forEach(Timed::close);
    }
  }

  /** Measures how fast pieces of memory are read, each twice as large as the one before. */
  private List<Reading> reading() {
    long most = ReadTrial.most(threads);
    @Nullable HostStorage[] memory = new HostStorage[threads];
    List<Timed> all = new ArrayList<>();
    try {
      // Each thread takes its own: the system puts memory near the core that writes to it first.
      team.run(threads, (part, parts) -> memory[part] = ReadTrial.memory(most));
      List<Long> sizes = new ArrayList<>();
      for (long bytes = ReadTrial.LEAST; bytes <= most; bytes *= 2) {
        long each = bytes;
        sizes.add(each);
        all.add(new Timed(ReadTrial.bytes(each), i -> new ReadTrial(memory[i].address(), each)));
      }
      measure(all, MOST_NANOS_READING);
      List<Reading> found = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        found.add(new Reading(sizes.get(i), threads / all.get(i).nanos()));
      }
      return found;
    } finally {
      all.forEach(Timed::close);
      for (HostStorage storage : memory) {
        if (storage != null) {
          storage.close();
        }
      }
    }
  }

  /** Begins to measure products of two depths, each of which may be the faster one. */
  private List<Timed> products(Panels numbers, List<Timed> all) {
    List<Timed> timed = new ArrayList<>();
    for (int depth : ProductTrial.DEPTHS) {
      double operations = ProductTrial.operations(depth);
      Timed product = new Timed(operations, seed -> new ProductTrial(numbers, depth, seed));
      all.add(product);
      timed.add(product);
    }
    return timed;
  }

  /** Returns 10^9 operations a second of all threads. */
  private double speed(List<Timed> products) {
    return threads / products.stream().mapToDouble(Timed::nanos).min().orElseThrow();
  }

  /** Measures in rounds, so that what disturbs for a moment does not disturb all that is timed. */
  private static void measure(List<Timed> all, long mostNanos) {
    long start = System.nanoTime();
    int last = 0;
    for (int round = 0;
        round < MOST_ROUNDS && round - last <= LAST_ROUNDS && System.nanoTime() - start < mostNanos;
        round++) {
      for (Timed timed : all) {
        if (timed.round()) {
          last = round;
        }
      }
    }
  }

  /** Work of one thread, with its own memory. */
  interface Trial extends AutoCloseable {
    /** Works once. */
    void run();

    @Override
    void close();
  }

  /** A trial that all threads make at once, each its own, and its shortest time. */
  private final class Timed implements AutoCloseable {
    private final List<Trial> trials = new ArrayList<>();
    private final double parts;
    private int times = 1;
    private double least = Double.MAX_VALUE;

    /**
     * Creates the trials.
     *
     * @param parts that one consists of
     */
    Timed(double parts, IntFunction<Trial> made) {
      this.parts = parts;
      for (int i = 0; i < threads; i++) {
        trials.add(made.apply(i));
      }
    }

    /** Returns the nanoseconds of a part. */
    double nanos() {
      return least / parts;
    }

    /** Measures for a moment; returns whether a time was clearly shorter than all before. */
    boolean round() {
      double before = least;
      long start = System.nanoTime();
      long now = start;
      for (int timed = 0; timed < ROUND_TIMES || now - start < ROUND_NANOS; timed++) {
        int repeats = times;
        team.run(threads, (part, parts) -> repeat(trials.get(part), repeats));
        long end = System.nanoTime();
        least = Math.min(least, (double) (end - now) / repeats);
        if (end - now < LEAST_NANOS) {
          times = 2 * repeats;
          timed--;
        }
        now = end;
      }
      return least < before * SHORTER;
    }

    private void repeat(Trial trial, int repeats) {
      for (int i = 0; i < repeats; i++) {
        trial.run();
      }
    }

    @Override
    public void close() {
      trials.forEach(Trial::close);
    }
  }
}
