package org.lm4j.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm doctor}: what this machine has, and how to mend what is missing. */
@Command(
    name = "doctor",
    description = "Tell what was found on this machine, and how to mend what is missing.")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(Version.java());
    return ExitCodes.OK;
  }
}
