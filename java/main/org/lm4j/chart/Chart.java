package org.lm4j.chart;

import java.util.List;

/** A chart that can be drawn on a {@link Page}. */
public interface Chart {
  /** Returns the title. */
  String title();

  /**
   * Returns the drawing: one well-formed element with everything in it escaped. It is as wide as
   * its place, and its colours come from the style of {@link Page}.
   */
  String html();

  /** Returns a table of the most important values. */
  Table table();

  /**
   * Returns notes that are needed to read the chart, such as values that could not be drawn; often
   * none.
   */
  default List<String> notes() {
    return List.of();
  }

  /** Returns the name of a script beside this class that it needs, or nothing. */
  default String script() {
    return "";
  }

  /** Returns whether a reader may smooth its lines. */
  default boolean canBeSmoothed() {
    return false;
  }

  /** Returns whether a reader may see its y axis as a logarithmic one. */
  default boolean canBeLogarithmic() {
    return false;
  }

  /** Returns whether it needs the full width of the page. */
  default boolean wide() {
    return false;
  }

  /** Returns whether a third of the width of a page is enough; otherwise it takes a half. */
  default boolean small() {
    return false;
  }
}
