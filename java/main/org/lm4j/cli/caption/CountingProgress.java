package org.lm4j.cli.caption;

import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.report.ProgressLine;
import picocli.CommandLine.Model.CommandSpec;

/** Shows how many of something are done, once that takes longer than a moment. */
final class CountingProgress implements AutoCloseable {
  private static final long SILENT_NANOS = 2_000_000_000L;

  private final ProgressLine line;
  private final String verb;
  private final int total;
  private final long begun = System.nanoTime();

  private CountingProgress(ProgressLine line, String verb, int total) {
    this.line = line;
    this.verb = verb;
    this.total = total;
  }

  /**
   * Creates a progress line on stderr of a command.
   *
   * @param verb what is done, as {@code scored}
   * @param total how many there are
   */
  static CountingProgress of(CommandSpec spec, String verb, int total) {
    Terminal terminal = Console.of(spec).terminal();
    return new CountingProgress(
        new ProgressLine(spec.commandLine().getErr(), terminal), verb, total);
  }

  /** Reports how many are done. */
  void done(int count) {
    if (System.nanoTime() - begun > SILENT_NANOS) {
      line.update(() -> "%s %,d of %,d".formatted(verb, count, total));
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
