package org.lm4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm caption}: describes images. */
@Command(
    name = "caption",
    sortOptions = false,
    subcommands = {
      CaptionTrainCommand.class,
      CaptionGenerateCommand.class,
      CaptionEvalCommand.class
    },
    synopsisSubcommandLabel = "train|generate|eval",
    description = {
      "Describe images: a recurrent decoder that looks at the cells of an image before each word.",
      "Images come as features, made by a vision model or by 'lm scenes'.",
      ""
    })
final class CaptionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Lm.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
