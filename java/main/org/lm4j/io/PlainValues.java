package org.lm4j.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads objects as values of the JDK: maps, lists, texts, numbers, truth values and null. Like
 * {@link PlainRecords} it does without Jackson's mapper, which takes longer to initialize than the
 * rest of a short command, and leaves to it whatever is in doubt, errors included.
 */
final class PlainValues {
  private PlainValues() {}

  /**
   * Returns the fields of the object that the text is, equal to the map that a mapper over {@code
   * factory} makes of it; or null.
   */
  static @Nullable Map<String, @Nullable Object> read(String text, JsonFactory factory) {
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      Map<String, @Nullable Object> fields = object(parser);
      return parser.nextToken() == null ? fields : null;
    } catch (JacksonException | ArithmeticException e) {
      return null; // the mapper meets the same value or error, and reports it in full
    }
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      fields.put(name, value(parser, parser.nextToken()));
    }
    return fields;
  }

  private static List<@Nullable Object> array(JsonParser parser) {
    List<@Nullable Object> elements = new ArrayList<>();
    JsonToken next = parser.nextToken();
    while (next != JsonToken.END_ARRAY) {
      elements.add(value(parser, next));
      next = parser.nextToken();
    }
    return elements;
  }

  /**
   * Returns the value that the parser is at.
   *
   * @throws ArithmeticException if it is a number beyond the range of long or double
   */
  private static @Nullable Object value(JsonParser parser, @Nullable JsonToken token) {
    return switch (token) {
      case VALUE_STRING -> parser.getString();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case VALUE_NUMBER_INT -> whole(parser);
      case VALUE_NUMBER_FLOAT -> finite(parser.getDoubleValue());
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case null, default -> throw new ArithmeticException("no value: " + token);
    };
  }

  private static Number whole(JsonParser parser) {
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw new ArithmeticException("not a long");
    }
    return parser.getNumberValue();
  }

  private static double finite(double value) {
    if (!Double.isFinite(value)) {
      throw new ArithmeticException("not finite");
    }
    return value;
  }
}
