package org.lm4j.chart;

import java.util.List;

/** A chart that can be drawn on a {@link Page}. */
public interface Chart {
  /** Returns the title. */
  String title();

  /**
   * Returns the drawing: one well-formed {@code svg} element with everything in it escaped. Its
   * colours come from the style of {@link Page}.
   */
  String svg();

  /** Returns a table of the most important values. */
  Table table();

  /**
   * Returns notes that are needed to read the chart, such as values that could not be drawn; often
   * none.
   */
  default List<String> notes() {
    return List.of();
  }

  /** Returns whether it needs the full width of the page. */
  default boolean wide() {
    return false;
  }
}
