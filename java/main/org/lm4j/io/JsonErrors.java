package org.lm4j.io;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lm4j.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/** Turns Jackson's errors into one sentence: file, line, column, field, problem. */
final class JsonErrors {
  private static final Pattern MISSING =
      Pattern.compile("^Missing required creator property '(.*)'");

  private JsonErrors() {}

  static InputException explain(String place, JacksonException e) {
    return new InputException(place + where(e.getLocation()) + ": " + what(e), e);
  }

  /** Explains an error in a text that is one line, whose place names it already. */
  static InputException explainLine(String place, JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    String column = at == null || at.getColumnNr() < 1 ? "" : ", column " + at.getColumnNr();
    return new InputException(place + column + ": " + what(e), e);
  }

  private static String where(TokenStreamLocation at) {
    return at == null || at.getLineNr() < 1
        ? ""
        : ", line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  private static String what(JacksonException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      List<String> fields = PlainRecords.names(unknown.getReferringClass());
      String known =
          fields.isEmpty()
              ? unknown.getKnownPropertyIds().stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining(", "))
              : String.join(", ", fields);
      return "unknown field " + path(e) + " (known here: " + known + ")";
    }
    if (e instanceof InvalidNullException) {
      return "field " + path(e) + " is null but needs a value";
    }
    if (e instanceof ValueInstantiationException && e.getCause() != null) {
      return prefix(e) + e.getCause().getMessage();
    }
    Matcher missing = MISSING.matcher(Json.firstLine(e.getOriginalMessage()));
    return missing.find() ? "missing field " + path(e) : prefix(e) + JsonSentences.of(e);
  }

  private static String prefix(JacksonException e) {
    return e.getPath().isEmpty() ? "" : "field " + path(e) + ": ";
  }

  /** Returns the field as {@code 'layers[2].width'}. */
  private static String path(JacksonException e) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : e.getPath()) {
      String name = step.getPropertyName();
      if (name == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(name);
      }
    }
    return SafetensorsHeader.quote(path.toString());
  }
}
