package org.lm4j.cli.frame;

import java.io.PrintWriter;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/** Prints notes on what was read, one on each line, to the standard error. */
public final class Notes {
  private Notes() {}

  /** Returns the receiver of a command's notes. */
  public static Consumer<String> to(CommandSpec spec) {
    return note -> {
      PrintWriter err = spec.commandLine().getErr();
      err.println("note: " + note);
      err.flush();
    };
  }
}
