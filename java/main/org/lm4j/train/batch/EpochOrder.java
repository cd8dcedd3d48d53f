package org.lm4j.train.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;

/** The order of examples in an epoch: a function of seed and epoch only. */
public final class EpochOrder {
  private static final int SITE_ORDER = (1 << 17) + 1;
  private static final int SITE_BATCHES = SITE_ORDER + 1;

  /** Batches whose examples are sorted by length together. */
  private static final int POOL = 50;

  private EpochOrder() {}

  /**
   * Returns the numbers below {@code count} in random order (Fisher and Yates, Knuth's algorithm
   * P).
   */
  public static int[] shuffled(int count, RandomKey key, int site) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = (int) (Philox.uniform(key, site, i) * (i + 1));
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  /**
   * Returns the numbers below {@code count} by the length of their examples, equal ones in their
   * order: in which examples are judged, so that little is padded.
   */
  public static int[] byLength(int count, IntUnaryOperator length) {
    return byLength(IntStream.range(0, count), length);
  }

  private static int[] byLength(IntStream examples, IntUnaryOperator length) {
    return examples
        .boxed()
        .sorted(Comparator.comparingInt(length::applyAsInt)) // stable
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * Returns all examples once, in batches. Examples of similar length come together, so that little
   * is padded: pools of batches drawn at random are sorted by length, and their batches shuffled.
   *
   * @param length of an example; the same for all where it does not matter
   * @return {@code ⌈count / batch⌉} batches, of which at most one is smaller
   */
  static int[][] batches(int count, int batch, IntUnaryOperator length, long seed, long epoch) {
    RandomKey key = new RandomKey(seed, epoch);
    int[] order = shuffled(count, key, SITE_ORDER);
    boolean sorts = Arrays.stream(order).map(length).distinct().limit(2).count() > 1;
    List<int[]> batches = new ArrayList<>();
    int pool = sorts ? Math.multiplyExact(POOL, batch) : count;
    for (int from = 0; from < count; from += pool) {
      int[] chosen = Arrays.copyOfRange(order, from, Math.min(count, from + pool));
      if (sorts) {
        chosen = byLength(Arrays.stream(chosen), length);
      }
      for (int at = 0; at < chosen.length; at += batch) {
        batches.add(Arrays.copyOfRange(chosen, at, Math.min(chosen.length, at + batch)));
      }
    }
    if (!sorts) {
      return batches.toArray(int[][]::new);
    }
    int[] places = shuffled(batches.size(), key, SITE_BATCHES);
    return Arrays.stream(places).mapToObj(batches::get).toArray(int[][]::new);
  }
}
