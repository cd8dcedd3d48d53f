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
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/**
 * JSON files, strictly: an unknown field, a missing field, a field given twice, a text where a
 * number belongs and a fraction where a whole number belongs are all errors that name the file, the
 * line and the field. A record's components are required unless they are {@code @Nullable}, which
 * then are null when missing; so a file with an older set of fields can stay readable.
 *
 * <p>NaN and the infinities, which JSON cannot write as numbers, are written as null, so that a
 * field never changes its type. Where a number belongs, the texts {@code "NaN"}, {@code "Infinity"}
 * and {@code "-Infinity"} of earlier files are still read. A number too large for a double is an
 * error in a field of that type, no infinity.
 *
 * <p>Output is deterministic: fields in the order of the record or map, {@code \n} line ends,
 * UTF-8.
 */
public final class Json {
  /** Above the largest vocabulary by a factor of ten; a file beyond it was named by mistake. */
  static final long MAX_FILE_BYTES = 256L << 20;

  static final int MAX_DEPTH = 64;

  private Json() {}

  /**
   * Gets ready, which takes as long as all the rest of a short command; to be called early on a
   * thread of its own. Whoever reads meanwhile waits for it.
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
   * Reads the bytes of a file.
   *
   * @param place what the messages call it, such as its path
   * @throws InputException if it is not UTF-8, is not JSON, or does not fit {@code type}
   */
  public static <T> T parse(byte[] bytes, String place, Class<T> type) {
    return parse(text(bytes, place), place, type);
  }

  /**
   * Reads a text.
   *
   * @param place what the messages call the text, such as a file and a line
   * @throws InputException if it is not JSON or does not fit {@code type}
   */
  public static <T> T parse(String text, String place, Class<T> type) {
    T plain = PlainRecords.read(text, type, JsonStreams.FACTORY);
    if (plain != null) {
      return plain;
    }
    try {
      return checked(JsonMapping.MAPPER.readValue(text, type), place);
    } catch (JacksonException e) {
      throw JsonErrors.explain(place, e);
    }
  }

  /**
   * Replaces a file whole, see {@link AtomicFile}: indented, and with an end of line at its end.
   *
   * @throws UncheckedIOException if it cannot be written; an old one is then as before
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
   * The fields of an object whose values are texts, numbers or truth values, as texts.
   *
   * @throws InputException if the file cannot be read, is not JSON, or is no such object
   */
  public static Map<String, String> fields(Path file) {
    return fields(bytes(file), file.toString());
  }

  /**
   * The same, of the bytes of a file.
   *
   * @param file what the messages call it
   * @throws InputException if it is not JSON, or is no such object
   */
  public static Map<String, String> fields(byte[] bytes, String file) {
    JsonNode tree = parse(bytes, file, JsonNode.class);
    if (!tree.isObject()) {
      throw new InputException(file + " holds no JSON object");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    tree.properties()
        .forEach(
            entry -> {
              if (entry.getValue().isContainer()) {
                throw new InputException(
                    file + ": field '" + entry.getKey() + "' is no single value");
              }
              fields.put(entry.getKey(), entry.getValue().asString());
            });
    return fields;
  }

  /** The fields of an object as values of the JDK. */
  static Map<String, @Nullable Object> values(JsonNode object) {
    return JsonMapping.MAPPER.convertValue(
        object, new TypeReference<Map<String, @Nullable Object>>() {});
  }

  /** A value as JSON on one line, without an end of line. */
  public static String line(Object value) {
    return JsonMapping.MAPPER.writeValueAsString(value);
  }

  /** A value as indented JSON, without an end of line at its end. */
  public static String pretty(Object value) {
    return JsonMapping.PRETTY.writeValueAsString(value);
  }

  /** A parser of a stream as strict as everything here; the caller closes both. */
  static JsonParser parser(InputStream in) {
    return JsonMapping.MAPPER.createParser(in);
  }

  /**
   * The whole file.
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

  /** The bytes as text, without the byte order mark that some editors put first. */
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

  /** The first line of a message: what follows are places, which we say in our own words. */
  static String firstLine(@Nullable String message) {
    return message == null ? "unknown error" : message.lines().findFirst().orElse("");
  }
}
