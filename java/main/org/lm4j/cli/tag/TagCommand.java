package org.lm4j.cli.tag;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm tag}: tags for the words of sentences. */
@Command(
    name = "tag",
    sortOptions = false,
    subcommands = {TagTrainCommand.class, TagTagCommand.class, TagEvalCommand.class},
    synopsisSubcommandLabel = "train|tag|eval",
    description = {
      "Learn to put tags to words, such as parts of speech, phrases or names; put them; judge"
          + " them.",
      ""
    })
public final class TagCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
