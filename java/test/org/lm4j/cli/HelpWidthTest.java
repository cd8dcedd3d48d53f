package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.cli.options.OptionGroups;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The help of every command: its width, its lines, its headings and its defaults. */
class HelpWidthTest {
  static List<CommandLine> commands() {
    List<CommandLine> all = new ArrayList<>();
    collect(
        Lm.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter())),
        all);
    return all;
  }

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(sub -> collect(sub, all));
  }

  private static List<String> lines(CommandLine command) {
    return command.getUsageMessage().lines().map(String::stripTrailing).toList();
  }

  /** Examples are there to be copied. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyLineOfEveryExampleIsPrintedAsItWasWritten(CommandLine command) {
    for (String line : command.getCommandSpec().usageMessage().footer()) {
      if (line.startsWith("  ")) {
        assertThat(lines(command)).contains(line.stripTrailing());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void noLineIsWiderThanEightyColumns(CommandLine command) {
    assertThat(lines(command)).allSatisfy(line -> assertThat(line.length()).isLessThan(81));
  }

  /** Names of files and options stay whole, so that they can be searched for and copied. */
  @ParameterizedTest
  @MethodSource("commands")
  void linesEndBetweenWords(CommandLine command) {
    List<String> words =
        Stream.concat(
                Arrays.stream(command.getCommandSpec().usageMessage().description()),
                command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .flatMap(option -> Arrays.stream(option.description())))
            .flatMap(text -> Arrays.stream(text.split("\\s+")))
            .filter(word -> word.matches("[^{}$\\[\\]]*[.-][^{}$\\[\\]]*\\w"))
            .toList();
    String printed = lines(command).stream().collect(Collectors.joining(" "));
    assertThat(printed.split("\\s+")).containsAll(overridden(command) ? List.of() : words);
  }

  /** Whether it says something else of an option that several commands share. */
  private static boolean overridden(CommandLine command) {
    return command.getCommandSpec().findOption("--embeddings") != null
        || command.getCommandSpec().findOption("--objective") != null;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyDefaultIsPutIn(CommandLine command) {
    assertThat(command.getUsageMessage()).doesNotContain("{", "}", "null", "ROWSxCOLSx");
  }

  /** Options that several commands share must not refer to one that only some of them have. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionThatIsNamedExists(CommandLine command) {
    String printed =
        lines(command).stream()
            .map(String::strip)
            .takeWhile(line -> !line.matches("Examples?(, in Python)?:|A first session:"))
            .collect(Collectors.joining(" "))
            .replaceAll("lm [a-z]+( [a-z]+)? --[a-z-]+", "") // of another command
            .replace("--words --nopp", ""); // of neural-complexity
    assertThat(Pattern.compile("--[a-z][a-z-]*").matcher(printed).results())
        .map(MatchResult::group)
        .allSatisfy(name -> assertThat(command.getCommandSpec().findOption(name)).isNotNull());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionHasAHeading(CommandLine command) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.hidden()) {
        assertThat(OptionGroups.group(option.names()[0], command.getCommandSpec()))
            .as(option.names()[0])
            .isNotNull();
      }
    }
  }
}
