package org.lm4j.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.lm4j.compute.Backend;
import org.lm4j.verify.CaseResult;
import org.lm4j.verify.Verification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lm verify}: proves the numbers on this machine. */
@Command(
    name = "verify",
    sortOptions = false,
    description = {
      "Prove on this machine that the numbers are right.",
      "Every operation, forward and backward, is compared with the float64 reference, and the reference's gradients with numeric"
          + " differences. The exit code is 1 if one is off.",
      ""
    },
    footer = {
      "",
      "Each row: cases run, the largest relative error among them, and how much of what rounding"
          + " explains that was in the worst case.",
      "",
      "Example:",
      "  lm verify --device cpu"
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private DeviceOptions device;

  @Option(names = "--all", description = "Show every case, not only a row an operation.")
  private boolean all;

  /** What is shown of one operation. */
  private static final class Row {
    private int cases;
    private int failed;
    private double error;
    private double share; // largest error over tolerance
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Map<String, Row> rows = new LinkedHashMap<>();
    boolean passed;
    Terminal terminal = ((Lm) spec.root().userObject()).terminal();
    try (Backend backend = device.open(err);
        ProgressLine line = new ProgressLine(err, terminal)) {
      out.printf("%s%nseed %d%n%n", backend.description(), Verification.SEED);
      passed =
          Verification.run(
              backend,
              result -> {
                count(rows.computeIfAbsent(result.operation(), name -> new Row()), result);
                if (terminal.err()) {
                  line.update(() -> "verifying " + result.operation() + " " + result.name());
                }
                if (all || !result.passed()) {
                  out.println(result);
                }
              });
    }
    print(rows, out);
    int cases = rows.values().stream().mapToInt(row -> row.cases).sum();
    int failed = rows.values().stream().mapToInt(row -> row.failed).sum();
    out.printf(
        "%n%s%n",
        passed
            ? "all %,d cases agree".formatted(cases)
            : "%,d of %,d cases FAILED: do not trust this device".formatted(failed, cases));
    out.flush();
    return passed ? ExitCodes.OK : ExitCodes.FAILURE;
  }

  private static void count(Row row, CaseResult result) {
    row.cases++;
    row.failed += result.passed() ? 0 : 1;
    row.error = Math.max(row.error, result.error());
    if (result.tolerance() > 0) {
      row.share = Math.max(row.share, result.error() / result.tolerance());
    }
  }

  private static void print(Map<String, Row> rows, PrintWriter out) {
    out.printf("%-24s %6s %14s %11s%n", "operation", "cases", "largest error", "of allowed");
    rows.forEach(
        (name, row) ->
            out.printf(
                "%-24s %6d %14.2e %9.0f %%  %s%n",
                name,
                row.cases,
                row.error,
                100 * row.share,
                row.failed == 0 ? "ok" : row.failed + " FAILED"));
  }
}
