package org.lm4j.io;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  /** Returns the record, equal to what a mapper makes of the text; or null. */
  static <T> @Nullable T read(String text, Class<T> type) {
    return type.isRecord() ? of(PlainValues.read(text), type) : null;
  }

  /** Returns the record with these fields; or null. */
  static <T> @Nullable T of(@Nullable Map<String, @Nullable Object> read, Class<T> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (read == null || components == null) {
      return null;
    }
    List<Field> fields = new ArrayList<>();
    addFields(components, new String[0], fields);
    @Nullable Object[] values = values(read, fields);
    try {
      return values == null ? null : make(type, components, Arrays.asList(values).iterator());
    } catch (ReflectiveOperationException e) {
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
  private static @Nullable Object @Nullable [] values(
      Map<String, @Nullable Object> read, List<Field> fields) {
    @Nullable Object[] values = new @Nullable Object[fields.size()];
    int found = 0;
    for (int place = 0; place < values.length; place++) {
      Field field = fields.get(place);
      if (read.containsKey(field.name())) {
        values[place] = value(read.get(field.name()), field.component());
        if (values[place] == null) {
          return null;
        }
        found++;
      } else if (!isOptional(field.component())) {
        return null;
      }
    }
    return found == read.size() ? values : null;
  }

  private static boolean isOptional(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static @Nullable Object value(@Nullable Object read, RecordComponent component) {
    Class<?> type = component.getType();
    return switch (read) {
      case String text -> type == String.class ? text : null;
      case Boolean truth -> isBoolean(type) ? truth : null;
      case Double number -> isDouble(type) ? number : null;
      case Number whole -> whole(whole, type);
      case List<?> list -> isListOfTexts(component.getGenericType()) ? texts(list) : null;
      case null, default -> null;
    };
  }

  private static @Nullable Object whole(Number value, Class<?> type) {
    if (isDouble(type)) {
      return value.doubleValue();
    }
    if (type == int.class || type == Integer.class) {
      return value instanceof Integer ? value : null;
    }
    boolean isLong = type == long.class || type == Long.class;
    return isLong ? (Object) value.longValue() : null;
  }

  private static boolean isBoolean(Class<?> type) {
    return type == boolean.class || type == Boolean.class;
  }

  private static boolean isDouble(Class<?> type) {
    return type == double.class || type == Double.class;
  }

  private static boolean isListOfTexts(Type type) {
    return type instanceof ParameterizedType list
        && list.getRawType() == List.class
        && list.getActualTypeArguments()[0] == String.class;
  }

  private static @Nullable List<?> texts(List<?> list) {
    for (Object element : list) {
      if (!(element instanceof String)) {
        return null;
      }
    }
    return list;
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
