package org.lm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lm help [COMMAND...]}. */
@Command(name = "help", description = "Tell how a command is used.")
final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "The command to explain, such as: train, or: caption train.")
  private List<String> path = new ArrayList<>();

  @Override
  public Integer call() {
    CommandLine about = spec.parent().commandLine();
    for (int i = 0; i < path.size(); i++) {
      about = about.getSubcommands().get(path.get(i));
      if (about == null) {
        throw new ParameterException(
            spec.parent().commandLine(),
            "there is no command '" + String.join(" ", path.subList(0, i + 1)) + "'");
      }
    }
    Console.usage(about, spec.commandLine().getOut());
    return ExitCodes.OK;
  }
}
