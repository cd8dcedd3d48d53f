package org.lm4j.cli.frame;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Gives advice where memory is short, naming only options that the command has. */
public final class MemoryAdvice {
  /** The options that take memory in proportion to their values, the most likely cause first. */
  private static final List<String> TAKE_MEMORY =
      List.of(
          "--batch",
          "--bptt",
          "--hidden",
          "--beam",
          "--length",
          "--max-length",
          "--vocab-size",
          "--limit");

  /** Widths that few models have and that are small by default: if given, they are named first. */
  private static final List<String> IF_GIVEN =
      List.of("--attention", "--attention-width", "--seen", "--decision");

  private static final int MOST_NAMED = 3;

  private MemoryAdvice() {}

  /** Returns advice on the command that {@code root} was called with, as part of a sentence. */
  public static String of(CommandLine root) {
    return of(root, TAKE_MEMORY, true);
  }

  /**
   * Returns advice where more is known.
   *
   * @param blamed options that may be to blame, most likely first; none if it is not known
   * @param heap whether Java's heap can be too small
   */
  public static String of(CommandLine root, List<String> blamed, boolean heap) {
    CommandLine command = called(root);
    Stream<String> given = IF_GIVEN.stream().filter(name -> isGivenNumber(command, name));
    List<String> names =
        Stream.concat(given, (blamed.isEmpty() ? TAKE_MEMORY : blamed).stream())
            .filter(name -> command.getCommandSpec().findOption(name) != null)
            .limit(MOST_NAMED)
            .toList();
    String more =
        heap
            ? "give Java more with LM4J_JAVA_OPTS=-Xmx8g"
            : "end other programs, or use a machine with more memory";
    if (names.isEmpty()) {
      return more;
    }
    String all = String.join(", ", names);
    int last = all.lastIndexOf(", ");
    String listed = last < 0 ? all : all.substring(0, last) + " or " + all.substring(last + 2);
    return "make " + listed + " smaller, or " + more;
  }

  private static boolean isGivenNumber(CommandLine command, String name) {
    ParseResult parsed = command.getParseResult();
    OptionSpec option = parsed == null ? null : parsed.matchedOption(name);
    return option != null && option.getValue() instanceof Number;
  }

  private static CommandLine called(CommandLine root) {
    CommandLine command = root;
    for (ParseResult parsed = root.getParseResult(); parsed != null && parsed.hasSubcommand(); ) {
      parsed = parsed.subcommand();
      command = parsed.commandSpec().commandLine();
    }
    return command;
  }
}
