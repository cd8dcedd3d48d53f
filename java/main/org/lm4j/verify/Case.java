package org.lm4j.verify;

import org.lm4j.compute.Backend;

/** One check of a backend. */
public interface Case {
  /** The operation of {@link Backend} it is about. */
  String operation();

  /** What distinguishes it among the cases of the operation: sizes, options. */
  String name();

  /** Runs it; a result that disagrees is reported in the result, not thrown. */
  CaseResult run(Backend candidate);
}
