package org.lm4j.cli.frame;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Rephrases picocli's messages about a command line in plain words. */
public final class ParseSentences {
  /** picocli's message about a name that is not one of an enum's. */
  private static final Pattern NO_NAME = Pattern.compile("expected one of \\[.*\\] \\(.*but was ");

  /** picocli's position of a value that belongs to no option. */
  private static final Pattern PLACE =
      Pattern.compile("positional parameter at index \\S+ \\(([^)]*)\\)");

  private ParseSentences() {}

  public static String of(ParameterException e) {
    String message =
        PLACE
            .matcher(Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName()))
            .replaceFirst("$1");
    if (e instanceof UnmatchedArgumentException unmatched && message.startsWith("Unmatched arg")) {
      return unmatched(unmatched);
    }
    ArgSpec argument = e.getArgSpec();
    if (argument instanceof OptionSpec option) {
      message = message.replace("'" + option.longestName() + "'", "'" + option.names()[0] + "'");
    }
    Matcher name = NO_NAME.matcher(message);
    if (argument == null || argument.completionCandidates() == null || !name.find()) {
      return message;
    }
    String names = String.join(", ", argument.completionCandidates()).toLowerCase(Locale.ROOT);
    return name.replaceFirst("") + " is none of " + names;
  }

  private static String unmatched(UnmatchedArgumentException e) {
    String first = "'" + e.getUnmatched().getFirst() + "'";
    return e.getCommandLine().getSubcommands().isEmpty()
        ? first + " is one argument too many"
        : "there is no command " + first;
  }
}
