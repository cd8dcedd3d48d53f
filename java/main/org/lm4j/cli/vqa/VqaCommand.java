package org.lm4j.cli.vqa;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm vqa}: questions about images. */
@Command(
    name = "vqa",
    sortOptions = false,
    subcommands = {VqaTrainCommand.class, VqaAskCommand.class, VqaEvalCommand.class},
    synopsisSubcommandLabel = "train|ask|eval",
    description = {
      "Answer questions about images:"
          + " a recurrent network reads the question, attention looks at the image several times.",
      ""
    })
public final class VqaCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
