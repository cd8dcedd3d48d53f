package org.lm4j.cli.classify;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm classify}: classes of texts. */
@Command(
    name = "classify",
    sortOptions = false,
    subcommands = {
      ClassifyTrainCommand.class,
      ClassifyPredictCommand.class,
      ClassifyEvalCommand.class
    },
    synopsisSubcommandLabel = "train|predict|eval",
    description = {
      "Learn to put texts into classes, such as praise and blame; put them there; judge that.",
      ""
    })
public final class ClassifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
