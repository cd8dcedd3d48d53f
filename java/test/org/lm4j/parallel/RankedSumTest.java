package org.lm4j.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Sums over ranks: the bits of a plain loop in the order of the ranks, on every rank. */
class RankedSumTest {
  @ParameterizedTest
  @CsvSource({
    "1, cpu, 1000",
    "2, cpu, 1",
    "2, cpu, 1048577",
    "3, cpu, 2",
    "3, cpu, 65537",
    "4, cpu, 1200001",
    "5, reference, 12347",
    "7, cpu, 99999"
  })
  void hasTheBitsOfALoopInTheOrderOfTheRanks(int size, String device, int count) {
    double[] expected = null;
    for (int rank = 0; rank < size; rank++) {
      double[] more = numbers(rank, count, device);
      if (expected == null) {
        expected = more;
        continue;
      }
      for (int i = 0; i < count; i++) {
        double sum = expected[i] + more[i];
        expected[i] = device.equals("cpu") ? (float) sum : sum;
      }
    }
    for (boolean transfers : new boolean[] {true, false}) {
      List<double[]> found =
          ThreadRanks.run(size, ranks -> sum(new Connection(ranks, transfers), device, count));
      for (double[] each : found) {
        assertThat(each).isEqualTo(expected);
      }
    }
  }

  private static double[] sum(Communicator ranks, String device, int count) {
    try (Backend backend = open(device);
        RankedSum sums = new RankedSum(ranks, backend)) {
      Tensor x = backend.allocate(count);
      put(backend, numbers(ranks.rank(), count, device), x);
      sums.sum(x);
      double[] result = get(backend, x);
      x.storage().close();
      return result;
    }
  }

  /** A connection that may have no transfers, like a library that one thread alone may call. */
  private record Connection(Communicator ranks, boolean transfers) implements Communicator {
    @Override
    public int rank() {
      return ranks.rank();
    }

    @Override
    public int size() {
      return ranks.size();
    }

    @Override
    public String description() {
      return ranks.description();
    }

    @Override
    public void allToAll(MemorySegment send, MemorySegment receive) {
      ranks.allToAll(send, receive);
    }

    @Override
    public void allGather(MemorySegment send, MemorySegment receive) {
      ranks.allGather(send, receive);
    }

    @Override
    public void broadcast(MemorySegment bytes) {
      ranks.broadcast(bytes);
    }

    @Override
    public void barrier() {
      ranks.barrier();
    }

    @Override
    public Transfer send(MemorySegment bytes, int to, int tag) {
      assertThat(transfers).isTrue();
      return ranks.send(bytes, to, tag);
    }

    @Override
    public Transfer receive(MemorySegment bytes, int from, int tag) {
      assertThat(transfers).isTrue();
      return ranks.receive(bytes, from, tag);
    }

    @Override
    public void finish() {
      ranks.finish();
    }

    @Override
    public void close() {
      ranks.close();
    }
  }

  /** What is begun early, of many buckets or of fewer elements than ranks, has the same bits. */
  @ParameterizedTest
  @CsvSource({"2, cpu, 6000013", "3, cpu, 700001", "3, reference, 1000", "7, cpu, 99999"})
  void whatIsBegunWhileTheRestIsComputedHasTheSameBits(int size, String device, int count) {
    ThreadRanks.run(
        size,
        ranks -> {
          try (Backend backend = open(device);
              RankedSum sums = new RankedSum(ranks, backend)) {
            double[] mine = numbers(ranks.rank(), count, device);
            Tensor x = backend.allocate(count);
            Tensor some = x.view(5, count - 5); // its parts have other offsets
            put(backend, mine, x);
            sums.sum(some);
            double[] expected = get(backend, x);
            for (int step = 0; step < 3; step++) {
              put(backend, mine, x);
              sums.begin(x.view(count / 3, count / 3 + 1));
              put(backend, Arrays.copyOf(mine, count / 3), x.view(0, count / 3));
              sums.begin(x.view(9, 3));
              sums.begin(x.view(100, 200));
              sums.sum(some);
              assertThat(get(backend, x)).isEqualTo(expected);
            }
            x.storage().close();
            return ranks.rank();
          }
        });
  }

  /** A table of which few rows are touched, between elements that all are. */
  @ParameterizedTest
  @CsvSource({"2, 7", "3, 64", "4, 200000"})
  void sumsTouchedRowsAndLeavesTheOthers(int size, int width) {
    int before = 16;
    int rows = 40;
    int after = 5;
    int all = before + rows * width + after;
    int[] touched = {3, 39, 0, 17, 17, 3};
    List<double[]> found =
        ThreadRanks.run(
            size,
            ranks -> {
              try (Backend backend = open("cpu");
                  RankedSum sums = new RankedSum(ranks, backend)) {
                Tensor flat = backend.allocate(all);
                put(backend, numbers(ranks.rank(), all, "cpu"), flat);
                TouchedRows some = new TouchedRows(rows);
                some.add(touched, touched.length);
                sums.sum(
                    new SparseGradient(
                        flat,
                        List.of(
                            new SparseGradient.Range(0, before),
                            new SparseGradient.Range(before + (long) rows * width, after)),
                        List.of(new SparseGradient.Table(before, width, some))));
                double[] result = get(backend, flat);
                flat.storage().close();
                return result;
              }
            });
    List<double[]> given = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      given.add(numbers(rank, all, "cpu"));
    }
    Map<Integer, Boolean> isTouched = Map.of(3, true, 39, true, 0, true, 17, true);
    for (int rank = 0; rank < size; rank++) {
      for (int i = 0; i < all; i++) {
        int row = i < before ? -1 : (i - before) / width;
        boolean summed = row < 0 || row >= rows || isTouched.containsKey(row);
        float sum = (float) given.get(0)[i];
        for (int other = 1; other < size; other++) {
          sum += (float) given.get(other)[i];
        }
        assertThat(found.get(rank)[i]).isEqualTo(summed ? sum : given.get(rank)[i]);
      }
    }
  }

  private static Backend open(String device) {
    return Backends.open(device, new BackendOptions(1), line -> {});
  }

  private static double[] numbers(int rank, int count, String device) {
    Random random = new Random(rank);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      double number = random.nextGaussian() * Math.pow(10, random.nextInt(7) - 3);
      numbers[i] = device.equals("cpu") ? (float) number : number;
    }
    return numbers;
  }

  private static void put(Backend backend, double[] numbers, Tensor x) {
    try (HostStorage storage = new HostStorage((long) numbers.length * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, Shape.of(numbers.length), DType.F64);
      for (int i = 0; i < numbers.length; i++) {
        host.set(i, numbers[i]);
      }
      backend.upload(host, x);
    }
  }

  private static double[] get(Backend backend, Tensor x) {
    int count = (int) x.size();
    try (HostStorage storage = new HostStorage((long) count * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, Shape.of(count), DType.F64);
      backend.download(x, host);
      double[] numbers = new double[count];
      for (int i = 0; i < count; i++) {
        numbers[i] = host.get(i);
      }
      return numbers;
    }
  }
}
