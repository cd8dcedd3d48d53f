package org.lm4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;

/** Runs all checks of a backend. */
public final class Verification {
  /** Elements of a 512-bit vector of float32: the widest there is. */
  public static final int LANES = 16;

  /** The default seed of the data. */
  public static final long SEED = 20261121;

  private static final String DEVICE = "cuda"; // which has additional cases

  private Verification() {}

  /**
   * The outcome of a verification.
   *
   * @param cases that were run
   * @param failed of them
   * @param left that were not run, since the device was lost
   */
  public record Outcome(int cases, int failed, int left) {
    /** Returns whether every case was run and passed. */
    public boolean passed() {
      return failed == 0 && left == 0;
    }
  }

  /** One case, and what it is run on. */
  private record Job(Case of, Backend backend) {}

  /**
   * Runs every case, one operation after the other: the reference against numeric differences, what
   * the candidate must refuse, and the candidate against the reference; on a GPU sizes of models
   * people train too.
   *
   * @param report gets each result as it comes; those of one operation follow each other
   */
  public static Outcome run(Backend candidate, Consumer<CaseResult> report) {
    List<Case> cases = new ArrayList<>(RefusalCases.all());
    cases.addAll(ParityCases.all(LANES, SEED));
    if (candidate.name().equals(DEVICE)) {
      cases.addAll(DeviceCases.all(SEED));
    }
    return run(GradientCases.all(SEED), cases, candidate, report);
  }

  /**
   * Runs these cases. One in which the backend fails is a failed one, with the message; the run
   * ends where the device is lost.
   *
   * @param ofReference run on the reference
   */
  static Outcome run(
      List<? extends Case> ofReference,
      List<? extends Case> ofCandidate,
      Backend candidate,
      Consumer<CaseResult> report) {
    try (ReferenceBackend reference = new ReferenceBackend()) {
      Map<String, List<Job>> byOperation = new LinkedHashMap<>();
      for (Case each : ofReference) {
        add(byOperation, new Job(each, reference));
      }
      for (Case each : ofCandidate) {
        add(byOperation, new Job(each, candidate));
      }
      List<Job> jobs = byOperation.values().stream().flatMap(List::stream).toList();
      int failed = 0;
      for (int i = 0; i < jobs.size(); i++) {
        CaseResult result;
        boolean lost = false;
        try {
          result = jobs.get(i).of().run(jobs.get(i).backend());
        } catch (BackendException e) {
          lost = isLost(e);
          result = failure(jobs.get(i).of(), e);
        }
        report.accept(result);
        failed += result.passed() ? 0 : 1;
        if (lost) {
          return new Outcome(i + 1, failed, jobs.size() - i - 1);
        }
      }
      return new Outcome(jobs.size(), failed, 0);
    }
  }

  private static void add(Map<String, List<Job>> byOperation, Job job) {
    byOperation.computeIfAbsent(job.of().operation(), name -> new ArrayList<>()).add(job);
  }

  /**
   * Returns whether the device is lost, which a library may report in its own words, and the driver
   * when memory is freed.
   */
  private static boolean isLost(Throwable e) {
    return (e instanceof BackendException failure && failure.deviceLost())
        || Arrays.stream(e.getSuppressed()).anyMatch(Verification::isLost);
  }

  private static CaseResult failure(Case of, BackendException e) {
    return new CaseResult(
        of.operation(),
        of.name(),
        Double.POSITIVE_INFINITY,
        0,
        false,
        String.valueOf(e.getMessage()));
  }
}
