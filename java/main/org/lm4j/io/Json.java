package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/**
 * Reads and writes JSON strictly: an unknown field, a missing field, a field given twice, a text
 * where a number belongs and a fraction where a whole number belongs are all errors that name the
 * file, the line and the field. A record's components are required unless they are
 * {@code @Nullable}, which then are null when missing; so a file with an older set of fields can
 * stay readable.
 *
 * <p>NaN and the infinities, which JSON cannot write as numbers, are written as null, so that a
 * field never changes its type. Where a number belongs, the texts {@code "NaN"}, {@code "Infinity"}
 * and {@code "-Infinity"} of earlier files are still read. A number too large for a double is an
 * error in a field of that type, not an infinity.
 *
 * <p>Output is deterministic: fields in the order of the record or map, {@code \n} line ends,
 * UTF-8.
 */
public final class Json {
  /**
   * The largest file read: ten times the largest vocabulary; a larger file was named by mistake.
   */
  static final long MAX_FILE_BYTES = 256L << 20;

  static final int MAX_DEPTH = 64;

  private Json() {}

  /**
   * Does nothing if Jackson is on the class path or module path.
   *
   * @throws NoClassDefFoundError if it is not
   */
  public static void requireLibrary() {
    Objects.requireNonNull(JsonFactory.class); // loads it, which takes less than making one
  }

  /**
   * Initializes the JSON mapper, which takes as long as the rest of a short command; to be called
   * early, on a separate thread. Reads wait for it to finish.
   */
  public static void prepare() {
    parse("{\"layers\":[{\"names\":[\"x\"],\"number\":1}]}", "", Sample.class);
  }

  private record Sample(List<Layer> layers) {
    record Layer(List<String> names, double number) {}
  }

  /**
   * Reads a file into a value, usually a record.
   *
   * @throws InputException if the file cannot be read, is not JSON, or does not fit {@code type}
   */
  public static <T> T read(Path file, Class<T> type) {
    return parse(bytes(file), file.toString(), type);
  }

  /**
   * Reads a file of any shape.
   *
   * @throws InputException if the file cannot be read or is not JSON
   */
  public static JsonNode readTree(Path file) {
    return read(file, JsonNode.class);
  }

  /**
   * Parses the bytes of a file.
   *
   * @param place its name in messages, such as its path
   * @throws InputException if it is not UTF-8 or not JSON, or does not fit {@code type}
   */
  public static <T> T parse(byte[] bytes, String place, Class<T> type) {
    T plain = null;
    if (type == Map.class) {
      plain = type.cast(PlainValues.read(bytes));
    } else if (type.isRecord()) {
      plain = PlainRecords.of(PlainValues.read(bytes), type);
    }
    return plain == null ? parse(text(bytes, place), place, type) : plain;
  }

  /**
   * Parses a string.
   *
   * @param place the name of the string in messages, such as a file and a line
   * @throws InputException if it is not JSON or does not fit {@code type}
   */
  public static <T> T parse(String text, String place, Class<T> type) {
    return parse(text, type, e -> JsonErrors.explain(place, e), place);
  }

  /**
   * Parses one line of a file.
   *
   * @param place the file and the line in messages, which add the column
   * @throws InputException if it is not JSON or does not fit {@code type}
   */
  public static <T> T parseLine(String line, String place, Class<T> type) {
    return parse(line, type, e -> JsonErrors.explainLine(place, e), place);
  }

  private static <T> T parse(
      String text,
      Class<T> type,
      Function<JacksonException, InputException> explained,
      String place) {
    T plain = type == Map.class ? type.cast(PlainValues.read(text)) : PlainRecords.read(text, type);
    if (plain != null) {
      return plain;
    }
    try {
      return checked(JsonMapping.MAPPER.readValue(text, type), place);
    } catch (JacksonException e) {
      throw explained.apply(e);
    }
  }

  /**
   * Replaces a file atomically, see {@link AtomicFile}, by indented JSON that ends in a newline.
   *
   * @throws UncheckedIOException if it cannot be written; an old one is then unchanged
   */
  public static void write(Path file, Object value) {
    AtomicFile.writeStream(
        file,
        out -> {
          try {
            JsonMapping.PRETTY.writeValue(out, value);
          } catch (JacksonIOException e) {
            throw e.getCause();
          }
          out.write('\n');
        });
  }

  /**
   * Reads the fields of an object whose values are strings, numbers or booleans, as strings.
   *
   * @throws InputException if the file cannot be read, is not JSON, or is not such an object
   */
  public static Map<String, String> fields(Path file) {
    return fields(bytes(file), file.toString());
  }

  /**
   * Parses the fields of an object whose values are strings, numbers or booleans, as strings.
   *
   * @param file its name in messages
   * @throws InputException if it is not JSON, or is not such an object
   */
  public static Map<String, String> fields(byte[] bytes, String file) {
    Map<String, String> plain = plainFields(bytes);
    if (plain != null) {
      return plain;
    }
    JsonNode tree = parse(bytes, file, JsonNode.class);
    if (!tree.isObject()) {
      throw new InputException(file + " does not hold a JSON object");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    tree.properties()
        .forEach(
            entry -> {
              if (entry.getValue().isContainer()) {
                throw new InputException(
                    file + ": field '" + entry.getKey() + "' is not a single value");
              }
              fields.put(entry.getKey(), entry.getValue().asString());
            });
    return fields;
  }

  /** Returns the fields as strings, or null if the text is not an object of single values. */
  private static @Nullable Map<String, String> plainFields(byte[] bytes) {
    Map<String, @Nullable Object> values = PlainValues.read(bytes);
    if (values == null) {
      return null;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (Map.Entry<String, @Nullable Object> entry : values.entrySet()) {
      Object value = entry.getValue();
      if (value == null || value instanceof Map || value instanceof List) {
        return null;
      }
      fields.put(entry.getKey(), value.toString());
    }
    return fields;
  }

  /** Returns the fields of an object as values of the JDK. */
  static Map<String, @Nullable Object> values(JsonNode object) {
    return JsonMapping.MAPPER.convertValue(
        object, new TypeReference<Map<String, @Nullable Object>>() {});
  }

  /**
   * Parses an object into values of the JDK: maps, lists, texts, numbers, truth values and null.
   *
   * @param place the name of the bytes in messages
   * @throws InputException if they are not UTF-8, not JSON, or not an object
   */
  public static Map<String, @Nullable Object> object(byte[] bytes, String place) {
    Map<String, @Nullable Object> plain = PlainValues.read(bytes);
    if (plain != null) {
      return plain;
    }
    JsonNode tree = parse(bytes, place, JsonNode.class);
    if (!tree.isObject()) {
      throw new InputException(place + " is not a JSON object");
    }
    return values(tree);
  }

  /** Returns a value as JSON on one line, without a newline. */
  public static String line(Object value) {
    return JsonMapping.MAPPER.writeValueAsString(value);
  }

  /** Returns a value as indented JSON, without a final newline. */
  public static String pretty(Object value) {
    return JsonMapping.PRETTY.writeValueAsString(value);
  }

  /** Creates an equally strict parser of a stream; the caller closes both. */
  static JsonParser parser(InputStream in) {
    return JsonMapping.MAPPER.createParser(in);
  }

  /**
   * Reads the whole file.
   *
   * @throws InputException if it cannot be read or is too large for JSON
   */
  static byte[] bytes(Path file) {
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_FILE_BYTES) {
        throw new InputException(
            file + " has " + bytes + " bytes, too many for a JSON file read here");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Decodes the bytes as text, without a byte order mark. */
  private static String text(byte[] bytes, String place) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new InputException(place + " is not UTF-8 text; save it as UTF-8", e);
    }
  }

  private static <T> T checked(@Nullable T value, String place) {
    if (value == null) {
      throw new InputException(place + " holds null where a value is needed");
    }
    return value;
  }

  /** Returns the first line of a message; the positions that follow are reported separately. */
  static String firstLine(@Nullable String message) {
    return message == null ? "unknown error" : message.lines().findFirst().orElse("");
  }
}
