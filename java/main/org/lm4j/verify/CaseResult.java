package org.lm4j.verify;

/**
 * The result of a case.
 *
 * @param operation of {@link org.lm4j.compute.Backend}
 * @param name of the case
 * @param error largest error, relative to the largest expected magnitude of the same tensor
 * @param tolerance what was allowed
 * @param passed whether the error was within it and nothing else was wrong
 * @param detail where the error was largest, or what else was wrong
 */
public record CaseResult(
    String operation, String name, double error, double tolerance, boolean passed, String detail) {
  /** Returns one line for a report. */
  @Override
  public String toString() {
    return "%s %s %s: error %.2e, tolerance %.2e; %s"
        .formatted(passed ? "pass" : "FAIL", operation, name, error, tolerance, detail);
  }
}
