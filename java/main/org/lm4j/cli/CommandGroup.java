package org.lm4j.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** A command that only has subcommands, which it lists if called alone. */
@Command
final class CommandGroup extends Subcommand implements Callable<Integer> {
  private final String[] description;
  private final List<Row> rows;

  /** A subcommand. */
  record Row(String name, Supplier<Object> command) {}

  CommandGroup(List<Row> rows, String... description) {
    this.rows = rows;
    this.description = description;
  }

  static Row row(String name, Supplier<Object> command) {
    return new Row(name, command);
  }

  /** Adds what is below to a command line of this. */
  void fill(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .description(description)
        .synopsisSubcommandLabel(String.join("|", rows.stream().map(Row::name).toList()));
    rows.forEach(row -> line.addSubcommand(row.name, new CommandLine(row.command.get())));
  }

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), err());
    return ExitCodes.BAD_INPUT;
  }
}
