package org.lm4j.cli;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm man}: the manual page, for packagers. */
@Command(
    name = "man",
    hidden = true,
    description = "Print the manual page, for man.",
    footer = {"", "Example:", "  lm man > lm.1 && man ./lm.1"})
final class ManCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(ManPage.of(spec.root().commandLine()));
    return ExitCodes.OK;
  }
}
