package org.lm4j.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * Adds columns to the rows of a partition, in their order: reads some thousand rows ahead, computes
 * them together, and hands them on, so that memory does not grow with the partition.
 */
final class RowBatches implements Iterator<Row> {
  static final int MOST_ROWS = 2048;
  static final int MOST_CHARACTERS = 1 << 18;

  private final Iterator<Row> rows;
  private final int column;
  private final int added;
  private final RowFunction function;
  private Iterator<Row> ready = List.<Row>of().iterator();

  /**
   * Prepares to read.
   *
   * @param column index of the texts; the new columns of a row whose text is null are null
   * @param added number of the new columns
   */
  RowBatches(Iterator<Row> rows, int column, int added, RowFunction function) {
    this.rows = rows;
    this.column = column;
    this.added = added;
    this.function = function;
  }

  @Override
  public boolean hasNext() {
    return ready.hasNext() || rows.hasNext();
  }

  @Override
  public Row next() {
    if (!ready.hasNext()) {
      if (!rows.hasNext()) {
        throw new NoSuchElementException();
      }
      ready = batch().iterator();
    }
    return ready.next();
  }

  private List<Row> batch() {
    List<Row> read = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    long characters = 0;
    while (rows.hasNext() && read.size() < MOST_ROWS && characters < MOST_CHARACTERS) {
      Row row = rows.next();
      read.add(row);
      if (!row.isNullAt(column)) {
        texts.add(row.getString(column));
        characters += texts.getLast().length();
      }
    }
    Iterator<@Nullable Object[]> values =
        texts.isEmpty()
            ? List.<@Nullable Object[]>of().iterator()
            : function.apply(texts).iterator();
    List<Row> done = new ArrayList<>(read.size());
    for (Row row : read) {
      done.add(joined(row, row.isNullAt(column) ? new @Nullable Object[added] : values.next()));
    }
    return done;
  }

  private Row joined(Row row, @Nullable Object[] values) {
    @Nullable Object[] all = new @Nullable Object[row.length() + added];
    for (int i = 0; i < row.length(); i++) {
      all[i] = row.get(i);
    }
    System.arraycopy(values, 0, all, row.length(), added);
    return RowFactory.create(all);
  }
}
