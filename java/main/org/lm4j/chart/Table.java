package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A table of strings with a header. The first column names its row.
 *
 * @param header the column names
 * @param rows the rows, each as long as the header
 */
public record Table(List<String> header, List<List<String>> rows) {
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
    Markup out = new Markup().open("table").open("thead").open("tr");
    header.forEach(text -> out.element("th", text, "scope", "col"));
    out.close().close().open("tbody").line();
    for (List<String> row : rows) {
      out.open("tr");
      for (int i = 0; i < row.size(); i++) {
        if (i == 0) {
          out.element("th", row.get(i), "scope", "row");
        } else {
          out.element("td", row.get(i));
        }
      }
      out.close().line();
    }
    return out.close().close().toString();
  }
}
