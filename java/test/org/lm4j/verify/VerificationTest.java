package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;

class VerificationTest {
  @Test
  void runsEveryKindOfCaseAndReportsEach() {
    List<CaseResult> results = new ArrayList<>();
    try (ReferenceBackend backend = new ReferenceBackend()) {
      assertThat(Verification.run(backend, results::add)).isTrue();
    }
    int expected =
        GradientCases.all(Verification.SEED).size()
            + RefusalCases.all().size()
            + ParityCases.all(Verification.LANES, Verification.SEED).size();
    assertThat(results).hasSize(expected).allMatch(CaseResult::passed);
    assertThat(results).anyMatch(result -> result.name().startsWith("numeric gradient"));
    assertThat(results).anyMatch(result -> result.name().startsWith("refuses"));
  }

  @Test
  void caseNamesAreUnique() {
    List<String> names =
        ParityCases.all(Verification.LANES, Verification.SEED).stream()
            .map(each -> each.operation() + " " + each.name())
            .toList();
    assertThat(names).doesNotHaveDuplicates();
  }
}
