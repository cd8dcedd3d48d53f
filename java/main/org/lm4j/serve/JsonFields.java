package org.lm4j.serve;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.Json;

/**
 * The fields of a request. Each is asked for by its name and type; {@link #requireNoOther} then
 * refuses those that nobody asked for, so that no option is ignored. A null is like a missing
 * field.
 */
final class JsonFields {
  private final Map<String, @Nullable Object> object;
  private final Set<String> asked = new HashSet<>();

  private JsonFields(Map<String, @Nullable Object> object) {
    this.object = object;
  }

  /**
   * Parses the body of a request.
   *
   * @throws ApiException if it is not a JSON object
   */
  static JsonFields parse(byte[] body) {
    try {
      return new JsonFields(Json.object(body, "the request's body"));
    } catch (InputException e) {
      throw ApiException.of(400, e);
    }
  }

  /** Returns a field; null if it is missing or null. */
  @Nullable Object get(String name) {
    asked.add(name);
    return object.get(name);
  }

  /** Returns a text. */
  String text(String name, String missing) {
    Object value = get(name);
    if (value == null) {
      return missing;
    }
    if (!(value instanceof String text)) {
      throw wrong(name, "a text");
    }
    return text;
  }

  /** Returns a whole number in a range. */
  long whole(String name, long missing, long least, long most) {
    Object value = get(name);
    if (value == null) {
      return missing;
    }
    if (!(value instanceof Integer || value instanceof Long)) {
      throw wrong(name, "a whole number");
    }
    long number = ((Number) value).longValue();
    if (number < least || number > most) {
      throw ApiException.field(
          name, "'%s' is %d; it must be from %d to %d".formatted(name, number, least, most));
    }
    return number;
  }

  /** Returns a number in a range. */
  double number(String name, double missing, double least, double most) {
    Object value = get(name);
    if (value == null) {
      return missing;
    }
    if (!(value instanceof Number given)) {
      throw wrong(name, "a number");
    }
    double number = given.doubleValue();
    if (!(number >= least && number <= most)) {
      throw ApiException.field(
          name, "'%s' is %s; it must be from %s to %s".formatted(name, number, least, most));
    }
    return number;
  }

  /** Returns a truth value. */
  boolean flag(String name, boolean missing) {
    Object value = get(name);
    if (value == null) {
      return missing;
    }
    if (!(value instanceof Boolean flag)) {
      throw wrong(name, "true or false");
    }
    return flag;
  }

  /** Returns texts: a list of them, one alone, or none. */
  List<String> texts(String name, int most) {
    Object value = get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof String text) {
      return List.of(text);
    }
    if (!(value instanceof List<?> list)) {
      throw wrong(name, "a text or a list of texts");
    }
    if (list.size() > most) {
      throw ApiException.field(
          name, "'%s' has %,d texts; at most %,d are allowed".formatted(name, list.size(), most));
    }
    List<String> texts = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw wrong(name, "a text or a list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  /** Requires that nothing was given that was not asked for. */
  void requireNoOther() {
    for (String name : object.keySet()) {
      if (!asked.contains(name)) {
        String shown = name.length() > 40 ? name.substring(0, 40) + "…" : name;
        throw ApiException.field(shown, "'%s' is not supported; leave it out".formatted(shown));
      }
    }
  }

  private static ApiException wrong(String name, String kind) {
    return ApiException.field(name, "'" + name + "' must be " + kind);
  }
}
