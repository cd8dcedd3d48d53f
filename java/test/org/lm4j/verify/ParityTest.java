package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.openblas.BlasLibrary;
import org.lm4j.backend.openblas.OpenBlasBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;

/** Every backend against the reference: all operations, all sizes. */
class ParityTest {
  /** The backends judged here, by name; a new one is a line. */
  static Map<String, Supplier<Backend>> backends() {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put("reference", ReferenceBackend::new);
    backends.put("cpu", () -> new OpenBlasBackend(null, 2));
    backends.put("cpu, products through CBLAS", () -> new OpenBlasBackend(BlasLibrary.open(), 2));
    return backends;
  }

  @TestFactory
  Stream<DynamicNode> agreesWithTheReference() {
    return perBackend(List.copyOf(ParityCases.all(Verification.LANES, Verification.SEED)));
  }

  @TestFactory
  Stream<DynamicNode> refusesWhatIsWrong() {
    return perBackend(List.copyOf(RefusalCases.all()));
  }

  private static Stream<DynamicNode> perBackend(List<Case> cases) {
    return backends().entrySet().stream()
        .map(
            backend ->
                DynamicContainer.dynamicContainer(
                    backend.getKey(),
                    cases.stream()
                        .map(
                            each ->
                                DynamicTest.dynamicTest(
                                    each.operation() + " " + each.name(),
                                    () -> check(each, backend.getValue())))));
  }

  private static void check(Case each, Supplier<Backend> open) {
    try (Backend backend = open.get()) {
      CaseResult result = each.run(backend);
      assertThat(result.passed()).as("seed %d: %s", Verification.SEED, result).isTrue();
    }
  }
}
