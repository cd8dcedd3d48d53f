package org.lm4j.cli;

import org.lm4j.cli.frame.Subcommand;
import picocli.CommandLine.Command;

/** {@code lm man}: the manual page, for packagers. */
@Command(
    name = "man",
    hidden = true,
    description = "Print the manual page, for man.",
    footer = {"Example:", "  lm man > lm.1 && man ./lm.1"})
final class ManCommand extends Subcommand implements Runnable {
  @Override
  public void run() {
    out().print(ManPage.of(spec.root().commandLine()));
  }
}
