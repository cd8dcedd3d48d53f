package org.lm4j.serve;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.Json;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a request. Each is asked for by its name and type; {@link #requireNoOther} then
 * refuses those that nobody asked for, so that no option is ignored. A null is like a missing field.
 */
final class JsonFields {
  private final JsonNode object;
  private final Set<String> asked = new HashSet<>();

  private JsonFields(JsonNode object) {
    this.object = object;
  }

  /**
   * Parses the body of a request.
   *
   * @throws ApiException if it is not a JSON object
   */
  static JsonFields parse(byte[] body) {
    JsonNode tree;
    try {
      tree = Json.parse(body, "the request's body", JsonNode.class);
    } catch (InputException e) {
      throw ApiException.of(400, e.getMessage());
    }
    if (!tree.isObject()) {
      throw ApiException.of(400, "the request's body is not a JSON object");
    }
    return new JsonFields(tree);
  }

  /** Returns a field; null if it is missing or null. */
  @Nullable JsonNode get(String name) {
    asked.add(name);
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** Returns a text. */
  String text(String name, String missing) {
    JsonNode value = get(name);
    if (value == null) {
      return missing;
    }
    if (!value.isString()) {
      throw wrong(name, "a text");
    }
    return value.stringValue();
  }

  /** Returns a whole number in a range. */
  long whole(String name, long missing, long least, long most) {
    JsonNode value = get(name);
    if (value == null) {
      return missing;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(name, "a whole number");
    }
    long number = value.longValue();
    if (number < least || number > most) {
      throw ApiException.field(
          name, "'%s' is %d; it must be from %d to %d".formatted(name, number, least, most));
    }
    return number;
  }

  /** Returns a number in a range. */
  double number(String name, double missing, double least, double most) {
    JsonNode value = get(name);
    if (value == null) {
      return missing;
    }
    if (!value.isNumber()) {
      throw wrong(name, "a number");
    }
    double number = value.doubleValue();
    if (!(number >= least && number <= most)) {
      throw ApiException.field(
          name, "'%s' is %s; it must be from %s to %s".formatted(name, number, least, most));
    }
    return number;
  }

  /** Returns a truth value. */
  boolean flag(String name, boolean missing) {
    JsonNode value = get(name);
    if (value == null) {
      return missing;
    }
    if (!value.isBoolean()) {
      throw wrong(name, "true or false");
    }
    return value.booleanValue();
  }

  /** Returns texts: a list of them, one alone, or none. */
  List<String> texts(String name, int most) {
    JsonNode value = get(name);
    List<String> texts = new ArrayList<>();
    if (value == null) {
      return texts;
    }
    if (value.isString()) {
      texts.add(value.stringValue());
      return texts;
    }
    if (!value.isArray()) {
      throw wrong(name, "a text or a list of texts");
    }
    if (value.size() > most) {
      throw ApiException.field(
          name, "'%s' has %,d texts; at most %,d are allowed".formatted(name, value.size(), most));
    }
    for (JsonNode item : value) {
      if (!item.isString()) {
        throw wrong(name, "a text or a list of texts");
      }
      texts.add(item.stringValue());
    }
    return texts;
  }

  /** Requires that a field of OpenAI's API has the value that changes nothing. */
  void requireNeutral(String name, double neutral) {
    JsonNode value = get(name);
    boolean same = value == null || value.isNumber() && value.doubleValue() == neutral;
    if (!same && !(value.isObject() && value.isEmpty())) {
      throw ApiException.field(name, "'" + name + "' is not supported; leave it out");
    }
  }

  /** Requires that nothing was given that was not asked for. */
  void requireNoOther() {
    for (String name : object.propertyNames()) {
      if (!asked.contains(name)) {
        String shown = name.length() > 40 ? name.substring(0, 40) + "…" : name;
        throw ApiException.field(
            shown, "'%s' is not supported; leave it out".formatted(shown));
      }
    }
  }

  private static ApiException wrong(String name, String kind) {
    return ApiException.field(name, "'" + name + "' must be " + kind);
  }
}
