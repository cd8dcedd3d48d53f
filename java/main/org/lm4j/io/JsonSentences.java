package org.lm4j.io;

import java.util.Arrays;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;

/** Rephrases Jackson's messages so that they need no knowledge of Jackson. */
final class JsonSentences {
  private static final Pattern UNKNOWN_TOKEN = Pattern.compile("^Unrecognized token '([^']*)'.*");
  private static final Pattern CHARACTER =
      Pattern.compile("^Unexpected character \\('(.+?)' \\(.*");
  private static final Pattern COERCED = Pattern.compile("^Cannot coerce [^(]*\\((.*)\\) to .*");
  private static final Pattern RANGE =
      Pattern.compile("^Numeric value \\((.*)\\) out of range of .*");

  /** Advice to programmers in Jackson's messages: names of settings. */
  private static final Pattern SETTINGS =
      Pattern.compile(", from `[^`]*`|: enable `[^`]*` to allow|: not allowed as per `[^`]*`");

  private JsonSentences() {}

  static String of(JacksonException e) {
    String message = Json.firstLine(e.getOriginalMessage());
    if (message.startsWith("No content to map")) {
      return "it is empty";
    }
    if (e instanceof UnexpectedEndOfInputException || message.startsWith("Unexpected end-of-in")) {
      return "it ends in the middle of a value";
    }
    if (message.startsWith("Trailing token")) {
      return "more follows where it should end";
    }
    Matcher token = UNKNOWN_TOKEN.matcher(message);
    if (token.matches()) {
      return "'" + token.group(1) + "' is not a JSON value; strings need double quotes";
    }
    Matcher character = CHARACTER.matcher(message);
    if (character.matches()) {
      return "'" + character.group(1) + "' is out of place";
    }
    Matcher range = RANGE.matcher(message);
    if (range.matches()) {
      return range.group(1) + " is too large";
    }
    return e instanceof MismatchedInputException mismatch && message.startsWith("Cannot ")
        ? belongs(mismatch, message)
        : SETTINGS.matcher(message).replaceAll("");
  }

  private static String belongs(MismatchedInputException e, String message) {
    String wanted = words(e.getTargetType()) + " belongs here";
    if (e instanceof InvalidFormatException format && format.getValue() instanceof String text) {
      return wanted + ", not \"" + text + "\"";
    }
    Matcher coerced = COERCED.matcher(message);
    return coerced.matches() ? wanted + ", not " + coerced.group(1) : wanted;
  }

  private static String words(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(String::valueOf)
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a text in double quotes";
    }
    return Collection.class.isAssignableFrom(type) || type.isArray()
        ? "a list in [ ]"
        : "an object in { }";
  }
}
