package org.lm4j.cli.frame;

import java.io.OutputStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The screen and the streams that commands write to. The program's root object is one. */
public interface Console {
  /** Returns the console of the program a command belongs to. */
  static Console of(CommandSpec spec) {
    return (Console) spec.root().userObject();
  }

  /** Returns what is known about the screen. */
  Terminal terminal();

  /**
   * Returns the stream for bytes that need not be text: standard output unchanged, or escaped on a
   * terminal.
   */
  OutputStream rawOut(CommandSpec command);

  /** Prints how a command is used, in colours where there are any. */
  static void usage(CommandLine command, PrintWriter writer) {
    VisibleWriter.control(writer, command.getUsageMessage(command.getColorScheme()));
    writer.flush();
  }

  /**
   * Returns the writer for a model's answers and texts: unchanged into files and pipes, escaped on
   * a terminal. It throws {@link java.io.UncheckedIOException} once standard output has failed, so
   * that no command continues answering without a reader.
   */
  PrintWriter results(PrintWriter out);

  /** Returns {@link #results(PrintWriter)} over a command's output. */
  static PrintWriter results(CommandSpec spec) {
    return of(spec).results(spec.commandLine().getOut());
  }
}
