package org.lm4j.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.io.Json;
import org.lm4j.verify.Verification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm verify}: checks the operations on this machine. */
@Command(
    name = "verify",
    description = {
      "Compare every operation on this machine with the float64 reference.",
      "Forward and backward passes are compared, and the reference's gradients with numeric "
          + "differences. The exit code is 1 if one is off. On"
          + " a GPU whole training steps at the sizes of models people train are compared too, and"
          + " a call that fails is a failed case."
    },
    footer = {
      "Each row: cases run, the largest relative error among them, and how much of what rounding"
          + " explains that was in the worst case.",
      "",
      "Example:",
      "  lm verify --device cpu"
    })
final class VerifyCommand extends Subcommand implements Callable<Integer> {
  @Mixin private DeviceOptions device;

  @Option(names = "--all", description = "Show every case, not only a row an operation.")
  private boolean all;

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Override
  public Integer call() {
    if (json && all) {
      throw new InputException("--json has a row for each operation; leave out --all.");
    }
    PrintWriter out = json ? new PrintWriter(Writer.nullWriter()) : out();
    PrintWriter err = err();
    Terminal terminal = terminal();
    VerifyTable table = new VerifyTable(out, all);
    Backend backend = device.open(err);
    boolean lost = false;
    try (ProgressLine line = new ProgressLine(err, terminal)) {
      out.printf("%s%nseed %d%n%n", backend.description(), Verification.SEED);
      table.header();
      Verification.Outcome outcome =
          Verification.run(
              backend,
              result -> {
                if (terminal.err()) {
                  line.update(() -> "verifying " + result.operation() + " " + result.name());
                }
                table.add(result);
              });
      table.finish();
      lost = outcome.left() > 0;
      out.printf("%n%s%n", summary(outcome));
      out.flush();
      if (json) {
        out().println(Json.line(values(backend, table, outcome)));
      }
      return outcome.passed() ? ExitCodes.OK : ExitCodes.FAILURE;
    } finally {
      close(backend, lost);
    }
  }

  private static Map<String, Object> values(
      Backend backend, VerifyTable table, Verification.Outcome outcome) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("device", backend.description());
    values.put("seed", Verification.SEED);
    values.put("cases", outcome.cases());
    values.put("failed", outcome.failed());
    values.put("not_run", outcome.left());
    values.put("passed", outcome.passed());
    values.put("operations", table.rows());
    values.put("failures", table.failures());
    return values;
  }

  private static String summary(Verification.Outcome outcome) {
    if (outcome.passed()) {
      return "all %,d cases agree".formatted(outcome.cases());
    }
    return "%,d of %,d cases FAILED: do not trust this device%s"
        .formatted(
            outcome.failed(),
            outcome.cases(),
            outcome.left() == 0
                ? ""
                : "%n%,d more were not run, since the device can do nothing more"
                    .formatted(outcome.left()));
  }

  /** Closes the backend; for a lost device this fails too, and is ignored. */
  private static void close(Backend backend, boolean lost) {
    try {
      backend.close();
    } catch (BackendException e) {
      if (!lost) {
        throw e;
      }
    }
  }
}
