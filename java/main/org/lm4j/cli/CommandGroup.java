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
  record Row(String name, Class<?> type, Supplier<Object> command) {}

  CommandGroup(String[] description, Row... rows) {
    this.description = description;
    this.rows = List.of(rows);
  }

  static Row row(String name, Class<?> type, Supplier<Object> command) {
    return new Row(name, type, command);
  }

  /** Adds what is below to a command line of this; what is not needed is only listed. */
  void fill(CommandLine line, Needed needed) {
    line.getCommandSpec()
        .usageMessage()
        .description(description)
        .synopsisSubcommandLabel(String.join("|", rows.stream().map(Row::name).toList()));
    for (Row row : rows) {
      line.addSubcommand(
          row.name,
          needed.withOptions(row.name)
              ? new CommandLine(row.command.get())
              : CommandTable.listed(row.type));
    }
  }

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), err());
    return ExitCodes.BAD_INPUT;
  }
}
