package org.lm4j.verify;

import org.lm4j.compute.Backend;

/** One check of a backend. */
public interface Case {
  /** Returns the operation of {@link Backend} that the case checks. */
  String operation();

  /**
   * Returns the name that distinguishes the case from others of the same operation, by sizes and
   * options.
   */
  String name();

  /** Runs it; a result that disagrees is reported in the result, not thrown. */
  CaseResult run(Backend candidate);
}
