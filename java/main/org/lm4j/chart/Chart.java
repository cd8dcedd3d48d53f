package org.lm4j.chart;

import java.util.List;

/** Something that can be drawn on a {@link Page}. */
public interface Chart {
  /** What is shown, in some words. */
  String title();

  /**
   * The drawing: one {@code svg} element, well-formed, everything in it escaped. Its colours come
   * from the style of {@link Page}.
   */
  String svg();

  /** The values a reader would want in figures. */
  Table table();

  /**
   * What the reader must know to read it, such as values that could not be drawn; often nothing.
   */
  default List<String> notes() {
    return List.of();
  }

  /** Whether it wants the whole width of the page. */
  default boolean wide() {
    return false;
  }
}
