package org.lm4j.cli.frame;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The name by which this program was called, for the commands in its messages: as typed, {@code
 * scripts/lm} or {@code bin/lm}, and {@code lm} where that is found on the path. The launcher
 * passes it on.
 */
public final class Program {
  /** The variable in which the launcher passes the name by which it was called. */
  public static final String VARIABLE = "LM4J_COMMAND";

  /** The name of the program in its messages and help. */
  static final String NAME = "lm";

  private static final String PLAIN_SIGNS = "_./:@%+=,-";

  /** Apart, since only messages need it. */
  private static final class Hints {
    /** A command as the messages of the library write it. */
    static final Pattern COMMAND = Pattern.compile("(?<![^\\s'(])lm (?=[a-z])");
  }

  private static volatile String name = NAME;

  private Program() {}

  /** Takes the name from the launcher's variables. */
  public static void called(Map<String, String> environment) {
    String given = environment.getOrDefault(VARIABLE, "");
    name = given.isEmpty() ? NAME : quoted(given);
  }

  /** Returns the name of the program, quoted for a shell. */
  public static String name() {
    return name;
  }

  /** Returns a command as the user would type it, such as {@code scripts/lm embed train}. */
  public static String command(CommandSpec spec) {
    return as(name, spec.qualifiedName(" "));
  }

  /** Returns a sentence with {@code lm COMMAND} replaced by the name of the program. */
  public static String hints(String sentence) {
    return hints(name, sentence);
  }

  /** Returns the result of {@link #hints(String)} for a program called {@code name}. */
  public static String hints(String name, String sentence) {
    return name.equals(NAME)
        ? sentence
        : Hints.COMMAND.matcher(sentence).replaceAll(Matcher.quoteReplacement(name + " "));
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
    return isPlain(word) ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static boolean isPlain(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean letterOrDigit = c < 128 && Character.isLetterOrDigit(c);
      if (!letterOrDigit && PLAIN_SIGNS.indexOf(c) < 0) {
        return false;
      }
    }
    return !word.isEmpty();
  }
}
