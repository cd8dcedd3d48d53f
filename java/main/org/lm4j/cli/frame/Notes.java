package org.lm4j.cli.frame;

import java.io.PrintWriter;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/** Notes on what was read, one a line, on the standard error. */
public final class Notes {
  private Notes() {}

  /** Where a command's notes go. */
  public static Consumer<String> to(CommandSpec spec) {
    return note -> {
      PrintWriter err = spec.commandLine().getErr();
      err.println("note: " + note);
      err.flush();
    };
  }
}
