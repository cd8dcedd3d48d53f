package org.lm4j.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lm help [COMMAND]}. */
@Command(name = "help", description = "Tell how a command is used.")
final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to explain.")
  private @Nullable String command;

  @Override
  public Integer call() {
    CommandLine about = spec.parent().commandLine();
    if (command != null) {
      about = about.getSubcommands().get(command);
      if (about == null) {
        throw new ParameterException(
            spec.parent().commandLine(), "there is no command '" + command + "'");
      }
    }
    about.usage(spec.commandLine().getOut());
    return ExitCodes.OK;
  }
}
