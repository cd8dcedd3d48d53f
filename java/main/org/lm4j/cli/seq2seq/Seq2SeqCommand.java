package org.lm4j.cli.seq2seq;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm seq2seq}: a model that reads a line and writes another. */
@Command(
    name = "seq2seq",
    sortOptions = false,
    subcommands = {
      Seq2SeqTrainCommand.class,
      Seq2SeqTranslateCommand.class,
      Seq2SeqEvalCommand.class,
      Seq2SeqTasksCommand.class
    },
    synopsisSubcommandLabel = "train|translate|eval|tasks",
    description = {
      "Learn from pairs of lines to write the second for the first:"
          + " an encoder and a decoder with attention.",
      ""
    })
public final class Seq2SeqCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
