package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.InputException;
import org.lm4j.cli.options.AlsoNeeded;
import org.lm4j.model.ModelKind;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Commands that messages name exist and can be typed as they are named. */
class HintsTest {
  /** A command in a message: after a quote, a parenthesis, a colon, or words that introduce one. */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?:['(`]|: |\\b(?:by|with|see|of|and|run|or|as|that|what) )lm ([a-z0-9]+)(?: ([a-z]+))?");

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");

  private static CommandLine program() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    return Lm.commandLine(nowhere, nowhere);
  }

  @ParameterizedTest
  @EnumSource
  void theCommandThatMakesAModelHasAllThatItNeeds(ModelKind kind) {
    StringWriter err = new StringWriter();
    ErrorHandler.report(
        new InputException("no model; make one with: " + kind.maker()),
        false,
        new PrintWriter(err));
    String command = err.toString().replaceFirst(".*make one with: lm ", "").strip();
    assertThat(command).contains(kind.maker().substring(3)).contains("--model DIR");
    ParseResult parsed = program().parseArgs(command.split(" ", -1));
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    if (parsed.commandSpec().userObject() instanceof AlsoNeeded needed) {
      assertThat(needed.missing()).isEmpty();
    }
  }

  @Test
  void everyCommandNamedInAMessageExists() throws IOException {
    CommandLine program = program();
    int seen = 0;
    try (Stream<Path> sources = Files.walk(Path.of("java/main"))) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        Matcher literal = LITERAL.matcher(Files.readString(source));
        while (literal.find()) {
          Matcher named = NAMED.matcher(literal.group(1));
          while (named.find()) {
            seen++;
            CommandLine command =
                Objects.requireNonNull(
                    program.getSubcommands().get(named.group(1)), source + ": " + named.group());
            if (!command.getSubcommands().isEmpty()) {
              assertThat(command.getSubcommands())
                  .as("%s: %s", source, named.group())
                  .containsKey(String.valueOf(named.group(2)));
            }
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(10);
  }
}
