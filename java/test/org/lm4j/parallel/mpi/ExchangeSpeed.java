package org.lm4j.parallel.mpi;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.OneRank;
import org.lm4j.parallel.RankedSum;
import org.lm4j.tensor.Tensor;

/**
 * The parts of a step that do not become less with more ranks, in milliseconds: the sum of the
 * gradients over the ranks, and the update of all weights by one thread. Started by {@code mpirun
 * -n 2 java … org.lm4j.parallel.mpi.ExchangeSpeed}; medians of the first rank.
 */
final class ExchangeSpeed {
  private static final int WARM_UP = 20;
  private static final int ROUNDS = 25;

  private ExchangeSpeed() {}

  /** Measures. */
  public static void main(String[] args) {
    try (Communicator ranks = MpiRanks.join().orElse(OneRank.INSTANCE);
        Backend backend = Backends.open("cpu", new BackendOptions(1), line -> {});
        RankedSum sums = new RankedSum(ranks, backend)) {
      double agreed = median(() -> ranks.gather(1, 2));
      print(ranks, "%d ranks, %s; two numbers agreed upon: %.4f ms", ranks.description(), agreed);
      for (double million : new double[] {0.25, 1, 4.3, 7.5, 13.7, 20}) {
        int size = (int) (million * 1e6);
        Tensor values = backend.allocate(size);
        Tensor gradients = backend.allocate(size);
        Tensor norm = backend.allocate(2);
        UpdateRule sgd = new UpdateRule.Sgd(0, false, 0);
        double exchange = median(() -> sums.sum(gradients));
        double plain =
            median(
                () -> {
                  backend.gradientNorm(gradients, 5, norm);
                  backend.update(sgd, values, gradients, List.of(), norm, 0.1, 1);
                });
        print(
            ranks,
            "%d ranks, %.2f M floats: sum %.2f ms (%.2f GB/s), clipping and SGD %.2f ms",
            million,
            exchange,
            4e-3 * size / exchange / 1e3,
            plain);
        for (Tensor each : List.of(values, gradients, norm)) {
          each.storage().close();
        }
      }
      ranks.finish();
    }
  }

  private static void print(Communicator ranks, String format, Object... values) {
    if (ranks.rank() == 0) {
      Object[] all = new Object[values.length + 1];
      all[0] = ranks.size();
      System.arraycopy(values, 0, all, 1, values.length);
      System.out.printf(Locale.ROOT, format + "%n", all);
    }
  }

  private static double median(Runnable work) {
    double[] times = new double[ROUNDS];
    for (int i = -WARM_UP; i < ROUNDS; i++) {
      long begun = System.nanoTime();
      work.run();
      if (i >= 0) {
        times[i] = (System.nanoTime() - begun) / 1e6;
      }
    }
    Arrays.sort(times);
    return times[ROUNDS / 2];
  }
}
