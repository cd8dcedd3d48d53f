package org.lm4j.cli.options;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.cli.report.RunWatch;
import picocli.CommandLine.Option;

/** The options of the page on which one can watch a run. */
public final class WatchOptions {
  private static final int PORTS = 65_535;

  @Option(
      names = "--page",
      paramLabel = "FILE.html",
      converter = PathConverters.Output.class,
      description =
          "Draw the run as a page while it trains: a browser that has it open shows what is new.")
  private @Nullable Path page;

  @Option(
      names = "--serve",
      paramLabel = "PORT",
      converter = Converters.NonNegativeInt.class,
      description =
          "Serve that page at http://127.0.0.1:PORT/ while the run trains; 0 for a free port.")
  private @Nullable Integer port;

  /** Returns the file of the page; null for none. */
  public @Nullable Path page() {
    return page;
  }

  /** Returns whether the page is to be served. */
  public boolean serves() {
    return port != null;
  }

  /**
   * Opens the page of a run that is about to begin, if one is asked for.
   *
   * @param folder of the model
   * @throws InputException if the port cannot be listened on
   */
  public RunWatch open(Path folder, PrintWriter err) {
    if (port != null && port > PORTS) {
      throw new InputException("--serve is at most %d.".formatted(PORTS));
    }
    return new RunWatch(page, port, "Training of " + ModelFacts.name(folder), OptionNames::of, err);
  }
}
