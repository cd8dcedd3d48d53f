package org.lm4j.cli.options;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A model folder may be named with {@code --model} or alone, right after the command: {@code lm
 * eval models/book} is {@code lm eval --model models/book}, and {@code lm info --model models/book}
 * is {@code lm info models/book}.
 */
public final class BareFolder {
  private static final String OPTION = "--model";

  /** The options that replace a model. */
  private static final Set<String> INSTEAD = Set.of("--vectors");

  private BareFolder() {}

  /** Returns the arguments as the command itself declares them. */
  public static String[] spelledOut(CommandLine program, String... arguments) {
    CommandLine command = program;
    int at = 0;
    while (at < arguments.length) {
      CommandLine below = command.getSubcommands().get(arguments[at]);
      if (below == null) {
        break;
      }
      command = below;
      at++;
    }
    if (at == arguments.length || at == 0) {
      return arguments;
    }
    List<String> rest = Arrays.asList(arguments).subList(at, arguments.length);
    OptionSpec option = command.getCommandSpec().findOption(OPTION);
    boolean named =
        rest.stream().map(BareFolder::name).anyMatch(n -> n.equals(OPTION) || INSTEAD.contains(n));
    boolean alone = command.getCommandSpec().positionalParameters().isEmpty();
    if (option != null && !named && isFolder(rest.getFirst(), option.required() || alone)) {
      return inserted(arguments, at);
    }
    boolean takesFolder =
        command.getCommandSpec().positionalParameters().stream()
            .anyMatch(parameter -> parameter.paramLabel().equals("DIR"));
    return option != null || !takesFolder ? arguments : without(arguments);
  }

  /**
   * Returns whether a word is meant as a folder: it has to be one where it could be something else.
   */
  private static boolean isFolder(String word, boolean clear) {
    return !word.isEmpty() && !word.startsWith("-") && (clear || new File(word).isDirectory());
  }

  private static String name(String argument) {
    int end = argument.indexOf('=');
    return argument.startsWith("--") && end > 0 ? argument.substring(0, end) : argument;
  }

  private static String[] inserted(String[] arguments, int at) {
    String[] all = new String[arguments.length + 1];
    System.arraycopy(arguments, 0, all, 0, at);
    all[at] = OPTION;
    System.arraycopy(arguments, at, all, at + 1, arguments.length - at);
    return all;
  }

  private static String[] without(String[] arguments) {
    return Arrays.stream(arguments)
        .filter(argument -> !argument.equals(OPTION))
        .map(
            argument ->
                argument.startsWith(OPTION + "=")
                    ? argument.substring(OPTION.length() + 1)
                    : argument)
        .toArray(String[]::new);
  }
}
