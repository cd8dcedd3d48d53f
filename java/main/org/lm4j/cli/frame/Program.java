package org.lm4j.cli.frame;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How this program was called, for the commands in its messages: as typed, {@code scripts/lm} or
 * {@code bin/lm}, and {@code lm} where that is found on the path. The launcher passes it on.
 */
public final class Program {
  /** The variable by which the launcher says how it was called. */
  public static final String VARIABLE = "LM4J_COMMAND";

  /** What its messages and its help call the program. */
  static final String NAME = "lm";

  private static final Pattern PLAIN = Pattern.compile("[\\w./:@%+=,-]+");

  /** A command as the messages of the library write it. */
  private static final Pattern COMMAND = Pattern.compile("(?<![^\\s'(])lm (?=[a-z])");

  private static volatile String name = NAME;

  private Program() {}

  /** Takes the name from the launcher's variables. */
  public static void called(Map<String, String> environment) {
    String given = environment.getOrDefault(VARIABLE, "");
    name = given.isEmpty() ? NAME : quoted(given);
  }

  /** How the program was called, fit for a shell. */
  public static String name() {
    return name;
  }

  /** A command as it is to be typed, such as {@code scripts/lm embed train}. */
  public static String command(CommandSpec spec) {
    return as(name, spec.qualifiedName(" "));
  }

  /** A sentence in which {@code lm COMMAND} is written as the program was called. */
  public static String hints(String sentence) {
    return hints(name, sentence);
  }

  /** As {@link #hints(String)}, for a program called {@code name}. */
  public static String hints(String name, String sentence) {
    return name.equals(NAME)
        ? sentence
        : COMMAND.matcher(sentence).replaceAll(Matcher.quoteReplacement(name + " "));
  }

  private static String as(String name, String command) {
    return command.startsWith(NAME) ? name + command.substring(NAME.length()) : command;
  }

  /** Returns a word as a shell understands it. */
  public static String quoted(String word) {
    String visible = Visible.name(word);
    if (!visible.equals(word)) { // bash, zsh and ksh read escapes in this form
      return "$'" + Visible.name(word.replace("\\", "\\\\")).replace("'", "\\'") + "'";
    }
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
