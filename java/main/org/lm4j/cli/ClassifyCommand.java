package org.lm4j.cli;

import java.util.concurrent.Callable;
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
final class ClassifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Lm.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
