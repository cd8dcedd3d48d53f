package org.lm4j.spark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes columns from texts, some at a time. */
@FunctionalInterface
interface RowFunction {
  /**
   * Computes the columns of some rows.
   *
   * @return for each text an array of new values
   */
  List<@Nullable Object[]> apply(List<String> texts);
}
