package org.lm4j.cli.seq2seq;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.task.seq2seq.PairPart;
import org.lm4j.task.seq2seq.PairTask;
import org.lm4j.task.seq2seq.PairTasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lm seq2seq tasks}: generates pairs with known answers. */
@Command(
    name = "tasks",
    customSynopsis = "lm seq2seq tasks --task NAME --output DIR [OPTIONS]",
    description = {
      "Write pairs of a synthetic task: train.tsv, valid.tsv and test.tsv.",
      "dates: a day as people write it to ISO 8601, 5th of March 1998 to 1998-03-05",
      "reverse: 3 to 15 letters to the same backwards, planet to tenalp",
      "addition: two numbers of three digits to their sum, 123+456 to 579",
      "The parts share nothing: no source, no day in whatever form, no two numbers in whatever"
          + " order. The same seed gives the same pairs on every machine."
    },
    footer = {
      "Example:",
      "  lm seq2seq tasks --task addition --output addition --count 40000",
    })
public final class Seq2SeqTasksCommand extends Subcommand implements Runnable {
  @Option(
      names = "--task",
      paramLabel = "NAME",
      required = true,
      converter = Choices.Tasks.class,
      completionCandidates = Choices.Tasks.class,
      description = "${COMPLETION-CANDIDATES}.")
  private String task;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      converter = PathConverters.OutputFolder.class,
      required = true,
      description = "Folder of the files; made if needed, files of these names are replaced.")
  private Path output;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Pairs to train on, at most 100,000 [{default}].")
  private int count = 20_000;

  @Option(
      names = "--held-out",
      paramLabel = "N",
      description = "Pairs to validate on, and as many to test on, at most 10,000 [{default}].")
  private int heldOut = 1000;

  @Option(names = "--seed", paramLabel = "N", description = "Of the draws [{default}].")
  private long seed = 1;

  @Override
  public void run() {
    if (count > PairTasks.MAX_COUNT || heldOut > PairTasks.MAX_HELD_OUT) {
      throw new InputException(
          String.format(
              Locale.ROOT,
              "there are at most %,d pairs to train on and %,d of each other part.",
              PairTasks.MAX_COUNT,
              PairTasks.MAX_HELD_OUT));
    }
    PairTasks.write(output, PairTask.of(task), seed, count, heldOut);
    PrintWriter out = out();
    for (PairPart part : PairPart.values()) {
      out.println(shown(part.file(output)));
    }
    out.flush();
  }
}
