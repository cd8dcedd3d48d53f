package org.lm4j.cli.embed;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm embed}: vectors of words. */
@Command(
    name = "embed",
    sortOptions = false,
    subcommands = {
      EmbedTrainCommand.class,
      EmbedNearestCommand.class,
      EmbedAnalogyCommand.class,
      EmbedExportCommand.class
    },
    synopsisSubcommandLabel = "train|nearest|analogy|export",
    description = {
      "Learn vectors of words from text by skip-gram, as word2vec does; ask which words are near"
          + " each other; write the vectors for other programs.",
      ""
    })
public final class EmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
