package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Examples are there to be copied: no line of them is cut in two. */
class HelpWidthTest {
  private final CommandLine lm =
      Lm.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));

  @Test
  void everyLineOfEveryExampleIsPrintedAsItWasWritten() {
    check(lm);
  }

  private static void check(CommandLine command) {
    List<String> printed = command.getUsageMessage().lines().map(String::stripTrailing).toList();
    for (String line : command.getCommandSpec().usageMessage().footer()) {
      if (line.startsWith("  ")) {
        assertThat(printed)
            .as("%s: %s", command.getCommandSpec().qualifiedName(" "), line)
            .contains(line.stripTrailing());
      }
    }
    command.getSubcommands().values().forEach(HelpWidthTest::check);
  }
}
