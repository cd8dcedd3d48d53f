package org.lm4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What all benchmarks share: the cpu backend, opened once per fork, and tensors of random numbers,
 * the same in every run. A backend is used by one thread at a time, so JMH's own threads stay at
 * one; {@code threads} is how many the backend keeps inside.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Threads(1)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class CpuState {
  /** Threads of the backend; {@link Benchmarks} puts the number of processors here. */
  @Param("1")
  public String threads = "1";

  private final SplittableRandom random = new SplittableRandom(1);
  private final List<AutoCloseable> owned = new ArrayList<>();
  private Backend backend;

  /** Opens the backend, then prepares the benchmark. */
  @Setup
  @Initializer
  public final void open() {
    backend = Backends.open("cpu", new BackendOptions(Integer.parseInt(threads)), CpuState::refuse);
    prepare();
  }

  /** Slow kernels are reported in one line, because their figures would be taken for lm4j's. */
  private static void refuse(String line) {
    throw new IllegalStateException(line);
  }

  /** Makes what the benchmark works on. */
  @Initializer
  abstract void prepare();

  /** The machine measured. */
  final Backend backend() {
    return backend;
  }

  /** Closes {@code resource} after the benchmark, before what was owned earlier. */
  final <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    return resource;
  }

  /** A tensor of zeros. */
  final Tensor zeros(int... dims) {
    Tensor tensor = backend.allocate(dims);
    own(tensor.storage());
    return tensor;
  }

  /** A tensor of numbers uniform in ±1. */
  final Tensor numbers(int... dims) {
    Tensor tensor = zeros(dims);
    try (HostStorage storage = new HostStorage(tensor.size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, tensor.shape(), DType.F64);
      for (long i = 0; i < host.size(); i++) {
        host.set(i, random.nextDouble(-1, 1));
      }
      backend.upload(host, tensor);
    }
    return tensor;
  }

  /** A tensor of {@code count} token ids. */
  final Tensor ids(int count, int vocabulary) {
    Tensor tensor = backend.allocateIds(count);
    own(tensor.storage());
    backend.upload(tokens(count, vocabulary), 0, count, tensor);
    return tensor;
  }

  /** Ids in [0, V), id {@code i} about as often as {@code 1 / (i + 1)}: words by Zipf's law. */
  final int[] tokens(int count, int vocabulary) {
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      double rank = Math.pow(vocabulary, random.nextDouble());
      tokens[i] = Math.min(vocabulary - 1, (int) rank - 1);
    }
    return tokens;
  }

  /**
   * Closes everything, last first.
   *
   * @throws Exception of what is closed
   */
  @TearDown
  public final void close() throws Exception {
    for (AutoCloseable resource : owned.reversed()) {
      resource.close();
    }
    backend.close();
  }
}
