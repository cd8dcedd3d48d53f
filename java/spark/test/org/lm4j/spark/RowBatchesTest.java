package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows are read some at a time, and leave in their order. */
class RowBatchesTest {
  /** Rows that are made as they are read. */
  private static final class Numbers implements Iterator<Row> {
    final int count;
    int read;

    Numbers(int count) {
      this.count = count;
    }

    @Override
    public boolean hasNext() {
      return read < count;
    }

    @Override
    public Row next() {
      int number = read++;
      return RowFactory.create(number % 5 == 0 ? null : "t" + number, number);
    }
  }

  private static List<@Nullable Object[]> lengths(List<String> texts) {
    List<@Nullable Object[]> values = new ArrayList<>();
    texts.forEach(text -> values.add(new @Nullable Object[] {text, text.length()}));
    return values;
  }

  @Test
  void aMillionRowsPassWithFewInMemory() {
    Numbers numbers = new Numbers(1_000_000);
    RowBatches batches = new RowBatches(numbers, 0, 2, RowBatchesTest::lengths);
    int most = 0;
    for (int i = 0; i < numbers.count; i++) {
      assertThat(batches.hasNext()).isTrue();
      Row row = batches.next();
      most = Math.max(most, numbers.read - i);
      if (row.getInt(1) != i || !Objects.equals(row.get(0), row.get(2))) {
        throw new AssertionError(row + " in place of row " + i);
      }
    }
    assertThat(batches.hasNext()).isFalse();
    assertThat(most).isEqualTo(RowBatches.MOST_ROWS);
  }

  @Test
  void longTextsAreReadFewAtATime() {
    Row row = RowFactory.create("x".repeat(100_000), 0);
    List<Row> rows = List.of(row, row, row, row, row, row, row);
    List<Integer> sizes = new ArrayList<>();
    RowBatches batches =
        new RowBatches(
            rows.iterator(),
            0,
            2,
            texts -> {
              sizes.add(texts.size());
              return lengths(texts);
            });
    batches.forEachRemaining(_ -> {});
    assertThat(sizes).containsExactly(3, 3, 1);
  }
}
