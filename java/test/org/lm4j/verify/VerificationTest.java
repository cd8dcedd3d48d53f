package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;

@Tag("slow")
class VerificationTest {
  @Test
  void runsEveryKindOfCaseAndReportsEach() {
    List<CaseResult> results = new ArrayList<>();
    try (ReferenceBackend backend = new ReferenceBackend()) {
      assertThat(Verification.run(backend, results::add).passed()).isTrue();
    }
    int expected =
        GradientCases.all(Verification.SEED).size()
            + RefusalCases.all().size()
            + ParityCases.all(Verification.LANES, Verification.SEED).size();
    assertThat(results).hasSize(expected).allMatch(CaseResult::passed);
    List<String> operations = results.stream().map(CaseResult::operation).toList();
    for (int i = 1; i < operations.size(); i++) {
      if (!operations.get(i).equals(operations.get(i - 1))) {
        assertThat(operations.subList(0, i)).doesNotContain(operations.get(i));
      }
    }
    assertThat(results).anyMatch(result -> result.name().startsWith("numeric gradient"));
    assertThat(results).anyMatch(result -> result.name().startsWith("refuses"));
  }

  @Test
  void caseNamesAreUnique() {
    List<String> names =
        Stream.concat(
                ParityCases.all(Verification.LANES, Verification.SEED).stream(),
                DeviceCases.all(Verification.SEED).stream())
            .map(each -> each.operation() + " " + each.name())
            .toList();
    assertThat(names).doesNotHaveDuplicates();
  }
}
