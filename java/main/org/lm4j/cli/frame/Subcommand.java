package org.lm4j.cli.frame;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command with the streams it reads and writes. */
@Command
public abstract class Subcommand {
  /** The command as picocli sees it. */
  @Spec protected CommandSpec spec;

  /** Returns standard output, on which text of files cannot steer the terminal. */
  protected final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Returns where a command writes what a model answered, see {@link Console#results}. */
  protected final PrintWriter results() {
    return Console.results(spec);
  }

  /** Returns standard error. */
  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Returns where notes on what was read go. */
  protected final Consumer<String> notes() {
    return Notes.to(spec);
  }

  /** Returns a name as it is printed: on one line, whatever is in it. */
  protected static String shown(Path path) {
    return Visible.name(path.toString());
  }

  /** Returns what is known about the screen. */
  protected final Terminal terminal() {
    return Console.of(spec).terminal();
  }
}
