package org.lm4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.verify.CaseResult;
import org.lm4j.verify.GradientCases;
import org.lm4j.verify.Verification;

/** The oracle's own gradients against central differences. */
class ReferenceGradientTest {
  @TestFactory
  Stream<DynamicTest> gradientsEqualNumericDifferences() {
    return GradientCases.all(Verification.SEED).stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.operation() + " " + each.name(),
                    () -> {
                      try (ReferenceBackend backend = new ReferenceBackend()) {
                        CaseResult result = each.run(backend);
                        assertThat(result.passed())
                            .as("seed %d: %s", Verification.SEED, result)
                            .isTrue();
                      }
                    }));
  }
}
