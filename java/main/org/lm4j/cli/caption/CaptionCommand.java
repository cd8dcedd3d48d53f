package org.lm4j.cli.caption;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
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
public final class CaptionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
