package org.lm4j.cli.plot;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.io.AtomicFile;
import org.lm4j.train.log.EventFileWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code lm plot}: training logs as a page, or as TensorBoard's event files.
 *
 * <p>Event files are made here rather than by {@code lm train}: the log already has everything, so
 * any run can be shown, finished, running or from last month; it need not be planned in advance
 * training; and training writes one log and cannot fail for the sake of a second.
 */
@Command(
    name = "plot",
    customSynopsis = "lm plot DIR... --output FILE.html [--x step|epoch|time] [--tensorboard DIR]",
    description = {
      "Draw how training went, of one run or of several over each other.",
      "Reads log.jsonl of model folders, also while they train, and writes one page of HTML that"
          + " needs nothing else: loss, perplexity, learning rate, norm of the gradient, tokens per"
          + " second, and whatever else the logs hold, with tables of last and best values."
    },
    footer = {
      "Examples:",
      "  lm plot models/book --output book.html",
      "  lm plot models/lstm models/gru --x time --output compare.html",
      "  lm plot models/* --tensorboard runs     then: tensorboard --logdir runs"
    })
public final class PlotCommand extends Subcommand implements Runnable {
  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "Model folders, or logs themselves. A run has the name of its folder.")
  private List<Path> folders = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "FILE.html",
      converter = PathConverters.Output.class,
      description = "The page to write; one that is there is replaced.")
  private @Nullable Path output;

  @Option(
      names = "--x",
      paramLabel = "NAME",
      description =
          "The horizontal axis: ${COMPLETION-CANDIDATES}, which is that spent in training"
              + " [{default}].")
  private LoggedRun.Progress x = LoggedRun.Progress.STEP;

  @Option(names = "--title", paramLabel = "TEXT", description = "Title of the page.")
  private @Nullable String title;

  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      converter = PathConverters.OutputFolder.class,
      description =
          "Write TensorBoard's event files, a folder in DIR for each run; those of an earlier call"
              + " are replaced (a TensorBoard that shows them must be started anew).")
  private @Nullable Path tensorboard;

  @Override
  public void run() {
    if (output == null && tensorboard == null) {
      throw new InputException(
          "give --output FILE.html for a page, --tensorboard DIR for event files, or both.");
    }
    if (output != null && !isPage(output)) {
      throw new InputException(
          "--output " + output + " would hold a page of HTML; give it a name that ends in .html.");
    }
    List<LoggedRun> runs = LoggedRun.read(folders);
    PrintWriter out = out();
    if (output != null) {
      String page = new TrainingPage(runs, x).html(title);
      AtomicFile.writeBytes(output, page.getBytes(StandardCharsets.UTF_8));
      out.println(shown(output));
    }
    if (tensorboard != null) {
      for (LoggedRun run : runs) {
        out.println(shown(writeEvents(run, tensorboard.resolve(run.name()))));
      }
    }
    out.flush();
  }

  public static boolean isPage(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".html") || name.endsWith(".htm");
  }

  private static Path writeEvents(LoggedRun run, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
    }
    Path file = folder.resolve("events.out.tfevents.lm4j");
    EventFileWriter.write(file, run.events());
    return file;
  }
}
