package org.lm4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.verify.CaseResult;

/** Prints a row for each operation of {@code lm verify} as soon as its last case has run. */
final class VerifyTable {
  private final PrintWriter out;
  private final boolean all;
  private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private String operation = "";
  private int cases;
  private int failed;
  private double error;
  private double share; // largest error over tolerance

  /**
   * Creates an empty table.
   *
   * @param all whether cases that passed are shown too, each by itself
   */
  VerifyTable(PrintWriter out, boolean all) {
    this.out = out;
    this.all = all;
  }

  /** Adds the next result; results of one operation are consecutive. */
  void add(CaseResult result) {
    if (!result.operation().equals(operation)) {
      finish();
      operation = result.operation();
    }
    cases++;
    failed += result.passed() ? 0 : 1;
    error = Math.max(error, result.error());
    if (result.tolerance() > 0) {
      share = Math.max(share, result.error() / result.tolerance());
    }
    if (!result.passed()) {
      failures.add(result.toString());
    }
    if (all || !result.passed()) {
      out.println(result);
      out.flush();
    }
  }

  void header() {
    out.printf("%-24s %6s %14s %11s%n", "operation", "cases", "largest error", "of allowed");
    out.flush();
  }

  /** Returns the rows shown, each as its values by name; null where one is not finite. */
  List<Map<String, @Nullable Object>> rows() {
    return rows;
  }

  /** Returns the cases that failed, each as one line. */
  List<String> failures() {
    return failures;
  }

  /** Shows the row of the last operation. */
  void finish() {
    if (cases > 0) {
      out.printf(
          "%-24s %6d %14.2e %9.0f %%  %s%n",
          operation, cases, error, 100 * share, failed == 0 ? "ok" : failed + " FAILED");
      out.flush();
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("operation", operation);
      row.put("cases", cases);
      row.put("failed", failed);
      row.put("largest_error", Double.isFinite(error) ? error : null);
      row.put("of_allowed", Double.isFinite(share) ? share : null);
      rows.add(row);
    }
    cases = 0;
    failed = 0;
    error = 0;
    share = 0;
  }
}
