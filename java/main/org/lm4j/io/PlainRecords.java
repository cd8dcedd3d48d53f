package org.lm4j.io;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads records of strings, numbers, booleans and lists of strings, such as the configuration of a
 * model. Jackson's mapper, which reads anything, takes longer to initialize than the rest of a
 * short command.
 *
 * <p>It reads only unambiguous input. For everything else, errors included, it returns null, and
 * the mapper reads the text or reports what is wrong with it.
 */
final class PlainRecords {
  private PlainRecords() {}

  /** Returns the record, equal to what a mapper over {@code factory} makes of the text; or null. */
  static <T> @Nullable T read(String text, Class<T> type, JsonFactory factory) {
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      return null;
    }
    List<Field> fields = new ArrayList<>();
    addFields(components, new String[0], fields);
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
      @Nullable Object[] values = values(parser, fields);
      return values == null || parser.nextToken() != null
          ? null
          : make(type, components, Arrays.asList(values).iterator());
    } catch (JacksonException | ReflectiveOperationException e) {
      return null; // the mapper meets the same error and reports it in full
    }
  }

  /** A component by the name it has in JSON. */
  private record Field(String name, RecordComponent component) {}

  /** All components in their order, those of {@link Flat} records in place of these. */
  private static void addFields(RecordComponent[] components, String[] names, List<Field> fields) {
    for (RecordComponent component : components) {
      Flat flat = component.getAnnotation(Flat.class);
      if (flat == null) {
        fields.add(new Field(renamed(component.getName(), names), component));
      } else {
        addFields(component.getType().getRecordComponents(), flat.rename(), fields);
      }
    }
  }

  /** Returns the name in JSON, with the pairs of {@link Flat#rename}. */
  static String renamed(String name, String[] names) {
    for (int i = 0; i < names.length; i += 2) {
      if (names[i].equals(name)) {
        return names[i + 1];
      }
    }
    return name;
  }

  /** Returns the names of all fields of a record in JSON; empty where the type is not a record. */
  static List<String> names(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    RecordComponent[] components = type.getRecordComponents();
    if (components != null) {
      addFields(components, new String[0], fields);
    }
    return fields.stream().map(Field::name).toList();
  }

  /**
   * Returns the value of each field, null for one that may be missing and is; or null if another is
   * missing, or one is unknown or of another kind.
   */
  private static @Nullable Object @Nullable [] values(JsonParser parser, List<Field> fields) {
    @Nullable Object[] values = new @Nullable Object[fields.size()];
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return null;
    }
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      int place = values.length - 1;
      while (place >= 0 && !fields.get(place).name().equals(name)) {
        place--;
      }
      parser.nextToken();
      Object value = place < 0 ? null : value(parser, fields.get(place).component());
      if (value == null) {
        return null;
      }
      values[place] = value;
    }
    for (int place = 0; place < values.length; place++) {
      if (values[place] == null && !isOptional(fields.get(place).component())) {
        return null;
      }
    }
    return parser.hasToken(JsonToken.END_OBJECT) ? values : null;
  }

  private static boolean isOptional(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static @Nullable Object value(JsonParser parser, RecordComponent component) {
    Class<?> type = component.getType();
    return switch (parser.currentToken()) {
      case VALUE_STRING -> type == String.class ? parser.getString() : null;
      case VALUE_TRUE, VALUE_FALSE ->
          type == boolean.class || type == Boolean.class ? parser.getBooleanValue() : null;
      case VALUE_NUMBER_INT -> whole(parser, type);
      case VALUE_NUMBER_FLOAT -> isDouble(type) ? finite(parser) : null;
      case START_ARRAY -> isListOfTexts(component.getGenericType()) ? texts(parser) : null;
      default -> null;
    };
  }

  private static @Nullable Object whole(JsonParser parser, Class<?> type) {
    JsonParser.NumberType size = parser.getNumberType();
    if (isDouble(type) && size != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getDoubleValue();
    }
    if ((type == int.class || type == Integer.class) && size == JsonParser.NumberType.INT) {
      return parser.getIntValue();
    }
    if ((type == long.class || type == Long.class) && size != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    return null;
  }

  private static @Nullable Double finite(JsonParser parser) {
    double value = parser.getDoubleValue();
    return Double.isFinite(value) ? value : null;
  }

  private static boolean isDouble(Class<?> type) {
    return type == double.class || type == Double.class;
  }

  private static boolean isListOfTexts(Type type) {
    return type instanceof ParameterizedType list
        && list.getRawType() == List.class
        && list.getActualTypeArguments()[0] == String.class;
  }

  private static @Nullable List<String> texts(JsonParser parser) {
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() == JsonToken.VALUE_STRING) {
      texts.add(parser.getString());
    }
    return parser.hasToken(JsonToken.END_ARRAY) ? texts : null;
  }

  /**
   * Calls the canonical constructors.
   *
   * @param values of the fields in their order, taken from it
   * @throws ReflectiveOperationException among other things if one refuses its values
   */
  private static <T> T make(
      Class<T> type, RecordComponent[] components, Iterator<@Nullable Object> values)
      throws ReflectiveOperationException {
    Class<?>[] types = new Class<?>[components.length];
    @Nullable Object[] arguments = new @Nullable Object[components.length];
    for (int i = 0; i < types.length; i++) {
      types[i] = components[i].getType();
      arguments[i] =
          components[i].isAnnotationPresent(Flat.class)
              ? make(types[i], types[i].getRecordComponents(), values)
              : values.next();
    }
    Constructor<T> constructor = type.getDeclaredConstructor(types);
    constructor.setAccessible(true);
    return constructor.newInstance(arguments);
  }
}
