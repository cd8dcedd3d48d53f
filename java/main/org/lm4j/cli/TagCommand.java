package org.lm4j.cli;

import java.util.concurrent.Callable;
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
final class TagCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Lm.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
