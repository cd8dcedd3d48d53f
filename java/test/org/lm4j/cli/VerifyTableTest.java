package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.lm4j.verify.CaseResult;

class VerifyTableTest {
  private final StringWriter written = new StringWriter();
  private final VerifyTable table = new VerifyTable(new PrintWriter(written), false);

  private static CaseResult result(String operation, double error, boolean passed) {
    return new CaseResult(operation, "a case", error, 1e-3, passed, "where");
  }

  @Test
  void aRowIsShownWhenTheNextOperationBegins() {
    table.add(result("gemm", 1e-4, true));
    table.add(result("gemm", 5e-4, true));
    assertThat(written.toString()).isEmpty();
    table.add(result("scale", 2e-4, true));
    assertThat(written.toString()).matches("gemm +2 +5\\.00e-04 +50 %  ok\\R");
    table.finish();
    assertThat(written.toString().lines()).hasSize(2);
    table.finish();
    assertThat(written.toString().lines()).hasSize(2);
  }

  @Test
  void aFailedCaseIsShownAtOnceAndCounted() {
    table.add(result("gemm", Double.POSITIVE_INFINITY, false));
    assertThat(written.toString()).startsWith("FAIL gemm a case: ");
    table.finish();
    assertThat(written.toString().lines().toList().getLast()).endsWith("1 FAILED");
  }
}
