package org.lm4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.Subcommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code lm help [COMMAND...]}. */
@Command(name = "help", description = "Show how a command is used.")
final class HelpCommand extends Subcommand implements Runnable {
  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "The command to explain, such as: train, or: caption train.")
  private List<String> path = new ArrayList<>();

  @Override
  public void run() {
    CommandLine about = spec.parent().commandLine();
    for (String name : path) {
      CommandLine below = about.getSubcommands().get(name);
      if (below == null) {
        throw new UnmatchedArgumentException(about, List.of(name));
      }
      about = below;
    }
    Console.usage(about, out());
  }
}
