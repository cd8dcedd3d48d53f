package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A table of strings with a header. The first column names its row. Columns of numbers are aligned
 * to the right, those of words to the left; on a phone each row of a wide table becomes a list.
 *
 * @param header the column names
 * @param rows the rows, each as long as the header
 */
public record Table(List<String> header, List<List<String>> rows) {
  private static final int MOST_SIDE_BY_SIDE = 4; // columns, on a phone
  private static final int MOST_NUMBERS = 6; // columns, all but the first of numbers
  private static final int LONGEST = 1000; // characters of a cell
  private static final Pattern NUMBER = Pattern.compile("[-+−–×≤<>∞]?\\s?[0-9].*|–|∞|NaN|");

  /** Checks and copies. */
  public Table {
    header = List.copyOf(header);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(row + " has not the columns of " + header);
      }
    }
  }

  /** Creates a table without rows. */
  public static Table of(String... header) {
    return new Table(Arrays.asList(header), List.of());
  }

  /** Returns this table with one more row. */
  public Table row(String... texts) {
    List<List<String>> more = new ArrayList<>(rows);
    Collections.addAll(more, Arrays.asList(texts));
    return new Table(header, more);
  }

  /** Returns the table as an HTML element. */
  String html() {
    boolean stack =
        header.size() > (wordColumns() == 0 ? MOST_NUMBERS : MOST_SIDE_BY_SIDE)
            || wordColumns() > 1;
    Markup out = new Markup();
    out.open("table", stack ? new Object[] {"class", "stack"} : new Object[0]);
    out.open("thead").open("tr");
    for (int i = 0; i < header.size(); i++) {
      out.open("th", attributes(i, "scope", "col")).text(header.get(i)).close();
    }
    out.close().close().open("tbody").line();
    for (List<String> row : rows) {
      out.open("tr").element("th", Names.shortened(row.get(0), LONGEST), "scope", "row");
      for (int i = 1; i < row.size(); i++) {
        Object[] label = stack ? attributes(i, "data-label", header.get(i)) : attributes(i, "", "");
        out.element("td", Names.shortened(row.get(i), LONGEST), label);
      }
      out.close().line();
    }
    return out.close().close().toString();
  }

  private Object[] attributes(int column, String name, String value) {
    List<Object> attributes = new ArrayList<>();
    if (!name.isEmpty()) {
      attributes.addAll(List.of(name, value));
    }
    if (!isOfNumbers(column)) {
      attributes.addAll(List.of("class", "words"));
    }
    return attributes.toArray();
  }

  private long wordColumns() {
    return IntStream.range(1, header.size()).filter(column -> !isOfNumbers(column)).count();
  }

  private boolean isOfNumbers(int column) {
    return rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
  }
}
