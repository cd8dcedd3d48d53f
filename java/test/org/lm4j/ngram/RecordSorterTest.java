package org.lm4j.ngram;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sorting in memory, and on disk with few and with many parts. */
class RecordSorterTest {
  private static List<List<Long>> read(RecordStream records, int values) {
    List<List<Long>> all = new ArrayList<>();
    while (records.next()) {
      List<Long> record = new ArrayList<>();
      Arrays.stream(records.key()).forEach(key -> record.add((long) key));
      for (int i = 0; i < values; i++) {
        record.add(records.value(i));
      }
      all.add(record);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(longs = {1 << 24, 100_000, 700}) // the last: hundreds of parts of 16 records
  void recordsOfEqualKeysAreAddedUp(long memory) {
    Random random = new Random(1);
    TreeMap<List<Integer>, long[]> expected =
        new TreeMap<>(
            (a, b) -> Arrays.compare(a.toArray(Integer[]::new), b.toArray(Integer[]::new)));
    try (RecordSorter sorter = new RecordSorter(3, 2, true, memory, null)) {
      for (int i = 0; i < 20_000; i++) {
        int[] key = {random.nextInt(40) - 20, random.nextInt(3), random.nextInt(60)};
        long one = random.nextLong() >> 20;
        sorter.add(key, one, 1);
        long[] sums = expected.computeIfAbsent(List.of(key[0], key[1], key[2]), _ -> new long[2]);
        sums[0] += one;
        sums[1]++;
      }
      assertThat(sorter.size()).isEqualTo(20_000);
      List<List<Long>> wanted = new ArrayList<>();
      expected.forEach(
          (key, sums) ->
              wanted.add(
                  List.of(
                      (long) key.get(0), (long) key.get(1), (long) key.get(2), sums[0], sums[1])));
      try (RecordStream sorted = sorter.sorted()) {
        assertThat(read(sorted, 2)).isEqualTo(wanted);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1 << 24, 5_000})
  void recordsThatAreNotAddedUpAreAllThere(long memory) {
    Random random = new Random(2);
    List<Long> expected = new ArrayList<>();
    try (RecordSorter sorter = new RecordSorter(1, 1, false, memory, null)) {
      for (int i = 0; i < 5_000; i++) {
        int key = i < 2_000 ? i : random.nextInt(); // a part of them sorted already
        sorter.add(new int[] {key}, key);
        expected.add((long) key);
      }
      expected.sort(null);
      try (RecordStream sorted = sorter.sorted()) {
        assertThat(read(sorted, 1)).extracting(List::getFirst).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1 << 24, 5_000})
  void nothingIsSorted(long memory) {
    try (RecordSorter sorter = new RecordSorter(2, 1, true, memory, null);
        RecordStream sorted = sorter.sorted()) {
      assertThat(sorted.next()).isFalse();
    }
  }
}
