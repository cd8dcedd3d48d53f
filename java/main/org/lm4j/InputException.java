package org.lm4j;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something the user gave is wrong: a file, a parameter, a text. The message is one clear sentence
 * that names the place and says what to do. The command line prints it and ends with exit code 2.
 *
 * <p>Where a parameter is wrong, the message and {@link #parameters} name it as a program does:
 * {@code validFraction}. The command line prints {@code --valid-fraction} in its place, by {@link
 * #message}.
 */
public class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A parameter in a message that names some. */
  private static final Pattern PARAMETER = Pattern.compile("\\{([a-z][A-Za-z0-9]*)}");

  /** The message with each parameter in braces; empty if it names none. */
  private final String named;

  /** Creates the exception with the sentence that the user reads. */
  public InputException(String message) {
    super(message);
    this.named = "";
  }

  /** Creates the exception with the sentence that the user reads, and its cause. */
  public InputException(String message, Throwable cause) {
    super(message, cause);
    this.named = cause instanceof InputException e && message.equals(e.getMessage()) ? e.named : "";
  }

  private InputException(String named, UnaryOperator<String> plain) {
    super(plain.apply(named));
    this.named = named;
  }

  /**
   * Creates the exception with a sentence that names parameters.
   *
   * @param message the sentence, in which each parameter stands in braces: <code>{batch} is too
   *     large</code>
   */
  public static InputException naming(String message) {
    return new InputException(message, InputException::plain);
  }

  /** Creates the same exception as {@link #naming(String)}, with a cause. */
  public static InputException naming(String message, Throwable cause) {
    InputException exception = naming(message);
    exception.initCause(cause);
    return exception;
  }

  private static String plain(String named) {
    return PARAMETER.matcher(named).replaceAll("$1");
  }

  /** Returns the parameters that the message names, in its order; none where it names none. */
  public List<String> parameters() {
    return PARAMETER.matcher(named).results().map(result -> result.group(1)).distinct().toList();
  }

  /**
   * Returns the message with other names for its parameters.
   *
   * @param nameOf gives the name of a parameter: {@code --valid-fraction} for {@code validFraction}
   */
  public String message(UnaryOperator<String> nameOf) {
    if (named.isEmpty()) {
      return String.valueOf(getMessage());
    }
    return PARAMETER
        .matcher(named)
        .replaceAll((MatchResult r) -> Matcher.quoteReplacement(nameOf.apply(r.group(1))));
  }
}
