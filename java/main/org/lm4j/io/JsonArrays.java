package org.lm4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.text.source.TextSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Reads one array of a JSON file whose top level is an object, record by record: the file may be
 * larger than the memory, and packed ({@link TextSource}). The rest of the file is skipped, but
 * must be JSON.
 */
public final class JsonArrays {
  private JsonArrays() {}

  /** Receives the elements of an array. */
  @FunctionalInterface
  public interface Reader<T> {
    /**
     * Receives one element.
     *
     * @param index counted from 0
     */
    void take(T element, int index);
  }

  /** Returns the name of an array element in messages. */
  public static String place(Path file, String field, int index) {
    return file + ", " + field + "[" + index + "]";
  }

  /**
   * Passes each element of the array {@code field} to the reader.
   *
   * @param type the type of the elements, as in {@link Json#read}
   * @throws InputException if the file cannot be read, is not a JSON object with exactly one such
   *     array, or an element does not fit {@code type}
   */
  public static <T> void read(Path file, String field, Class<T> type, Reader<T> reader) {
    try (InputStream in = TextSource.open(file);
        JsonParser parser = Json.parser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new InputException(file + " is not a JSON object");
      }
      boolean found = false;
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        JsonToken value = parser.nextToken();
        if (!name.equals(field)) {
          parser.skipChildren();
          continue;
        }
        if (value != JsonToken.START_ARRAY) {
          throw new InputException(file + ": field '" + field + "' is not an array");
        }
        elements(file, field, parser, type, reader);
        found = true;
      }
      if (!found) {
        throw new InputException(file + " has no array '" + field + "'");
      }
      if (parser.nextToken() != null) {
        throw new InputException(file + ": something follows the JSON object");
      }
    } catch (JacksonIOException e) {
      IOException cause = e.getCause();
      throw IoErrors.cannotRead(file, cause == null ? new IOException(e) : cause);
    } catch (JacksonException e) {
      throw JsonErrors.explain(file.toString(), e);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static <T> void elements(
      Path file, String field, JsonParser parser, Class<T> type, Reader<T> reader) {
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      T element;
      try {
        element = parser.readValueAs(type);
      } catch (JacksonIOException e) {
        throw e;
      } catch (JacksonException e) {
        throw JsonErrors.explain(place(file, field, i), e);
      }
      if (element == null) {
        throw new InputException(place(file, field, i) + " is null");
      }
      reader.take(element, i);
    }
  }
}
