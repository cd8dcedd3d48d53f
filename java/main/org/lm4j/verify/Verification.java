package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;

/** Runs all there is to verify about a backend. */
public final class Verification {
  /** Elements of a 512-bit vector of float32: the widest there is. */
  public static final int LANES = 16;

  /** Where the data come from, unless somebody chooses otherwise. */
  public static final long SEED = 20261121;

  private Verification() {}

  /**
   * Runs every case: the reference against numeric differences, what the candidate must refuse, and
   * the candidate against the reference.
   *
   * @param report is told each result as it comes
   * @return whether all passed
   */
  public static boolean run(Backend candidate, Consumer<CaseResult> report) {
    boolean passed = true;
    try (ReferenceBackend reference = new ReferenceBackend()) {
      for (Case each : GradientCases.all(SEED)) {
        passed &= report(each.run(reference), report);
      }
    }
    List<Case> cases = new ArrayList<>(RefusalCases.all());
    cases.addAll(ParityCases.all(LANES, SEED));
    for (Case each : cases) {
      passed &= report(each.run(candidate), report);
    }
    return passed;
  }

  private static boolean report(CaseResult result, Consumer<CaseResult> report) {
    report.accept(result);
    return result.passed();
  }
}
