package org.lm4j.io;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * The header of a safetensors file, read as a stream and fully checked before any data are touched:
 * whatever a file claims, it costs at most memory in proportion to its own length.
 *
 * <p>Layout: header length N as little-endian u64; N bytes of JSON, {@code {"name": {"dtype": …,
 * "shape": […], "data_offsets": [begin, end]}, …, "__metadata__": {"key": "text"}}}; then the data,
 * which the tensors cover without overlap, hole or rest.
 */
public final class SafetensorsHeader {
  /** The longest header, which is the limit of the reference implementation. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  /**
   * The largest number of tensors: far above any model, and low enough that descriptions of empty
   * tensors cannot fill the heap.
   */
  static final int MAX_TENSORS = 100_000;

  static final int MAX_RANK = 64;

  /** The name under which a header holds texts. */
  static final String METADATA = "__metadata__";

  /** The longest header that is first tried in one piece. */
  private static final int PLAIN = 1 << 20;

  /** Jackson's parser, apart from what a start with a plain header needs. */
  private static final class Streaming {
    static final JsonFactory FACTORY =
        JsonFactory.builder()
            // Each name occurs once; a symbol table would only expose us to hash collisions.
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxNumberLength(20)
                    .maxNameLength(1_000_000)
                    .maxStringLength(20_000_000)
                    .build())
            .build();
  }

  private final Path file;
  private final Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private boolean metadataSeen;
  private long dataStart;

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  /** Returns the tensors in the order of the header. */
  Map<String, SafetensorsEntry> entries() {
    return entries;
  }

  /** Returns the strings of {@code __metadata__}, in order. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** Returns the position in the file of the first byte of data. */
  long dataStart() {
    return dataStart;
  }

  /**
   * Reads and checks the header of an open file.
   *
   * @throws InputException if anything in it violates the format
   */
  static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
    SafetensorsHeader header = new SafetensorsHeader(file);
    long fileBytes = channel.size();
    if (fileBytes < 8) {
      throw header.broken("it has " + fileBytes + " bytes, and a header alone takes more");
    }
    ByteBuffer prefix = header.bytes(channel, 0, 8).order(ByteOrder.LITTLE_ENDIAN);
    long headerBytes = prefix.getLong(0);
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw header.broken(
          "its header claims "
              + Long.toUnsignedString(headerBytes)
              + " bytes, above the format's limit of "
              + MAX_HEADER_BYTES);
    }
    if (headerBytes > fileBytes - 8) {
      throw header.broken(
          "its header claims " + headerBytes + " bytes, but only " + (fileBytes - 8) + " follow");
    }
    header.dataStart = 8 + headerBytes;
    if (headerBytes > PLAIN
        || !header.take(PlainHeader.read(header.bytes(channel, 8, (int) headerBytes).array()))) {
      channel.position(8);
      header.parse(channel, headerBytes);
    }
    header.checkCoverage(fileBytes - header.dataStart);
    return header;
  }

  private ByteBuffer bytes(FileChannel channel, long from, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw broken("it became shorter while being read");
      }
    }
    return bytes;
  }

  /** Takes what a header says, in its order; returns whether there is one. */
  private boolean take(@Nullable PlainHeader plain) {
    if (plain == null) {
      return false;
    }
    metadata.putAll(plain.metadata());
    plain
        .tensors()
        .forEach(
            (name, of) -> entries.put(name, checked(name, of.dtype(), of.shape(), of.offsets())));
    return true;
  }

  private void parse(FileChannel channel, long headerBytes) throws IOException {
    Reader text =
        new BufferedReader(
            new InputStreamReader(
                new BoundedInputStream(Channels.newInputStream(channel), headerBytes),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
    try (JsonParser parser = Streaming.FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw broken("its header is not a JSON object");
      }
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        if (name.equals(METADATA)) {
          readMetadata(parser);
        } else {
          SafetensorsEntry entry = readEntry(parser, name);
          if (entries.put(name, entry) != null) {
            throw broken("tensor " + quote(name) + " occurs twice in its header");
          }
          if (entries.size() > MAX_TENSORS) {
            throw broken("it has more than " + MAX_TENSORS + " tensors");
          }
        }
      }
      if (parser.nextToken() != null) {
        throw broken("something follows the JSON object of its header");
      }
    } catch (JacksonIOException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw new InputException(sentence("its header is not UTF-8"), e);
      }
      throw e.getCause();
    } catch (JacksonException e) {
      throw new InputException(sentence("its header is not valid JSON: " + JsonSentences.of(e)), e);
    }
  }

  private void readMetadata(JsonParser parser) {
    if (metadataSeen) {
      throw broken("__metadata__ occurs twice in its header");
    }
    metadataSeen = true;
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw broken("__metadata__ in its header is not a JSON object");
    }
    for (String key = parser.nextName(); key != null; key = parser.nextName()) {
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw broken("the value of " + quote(key) + " in __metadata__ is not a text");
      }
      if (metadata.put(key, parser.getString()) != null) {
        throw broken(quote(key) + " occurs twice in __metadata__");
      }
      if (metadata.size() > MAX_TENSORS) {
        throw broken("__metadata__ has more than " + MAX_TENSORS + " entries");
      }
    }
  }

  private SafetensorsEntry readEntry(JsonParser parser, String name) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw broken(name, "is not described by a JSON object");
    }
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    for (String key = parser.nextName(); key != null; key = parser.nextName()) {
      parser.nextToken();
      switch (key) {
        case "dtype" -> {
          if (dtype != null || !parser.hasToken(JsonToken.VALUE_STRING)) {
            throw broken(name, "needs exactly one dtype, a text");
          }
          dtype = parser.getString();
        }
        case "shape" -> {
          if (shape != null) {
            throw broken(name, "has two shapes");
          }
          shape = readNumbers(parser, name, "shape", MAX_RANK);
        }
        case "data_offsets" -> {
          if (offsets != null) {
            throw broken(name, "has data_offsets twice");
          }
          offsets = readNumbers(parser, name, "data_offsets", 2);
        }
        default -> throw broken(name, "has the unknown field " + quote(key));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw broken(name, "lacks one of dtype, shape and data_offsets");
    }
    return checked(name, dtype, shape, offsets);
  }

  /**
   * Reads a JSON array of at most {@code most} whole numbers from 0 to the largest {@code long}.
   */
  private List<Long> readNumbers(JsonParser parser, String name, String what, int most) {
    if (!parser.hasToken(JsonToken.START_ARRAY)) {
      throw broken(name, "has a " + what + " that is not an array");
    }
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw broken(name, "has a " + what + " with an entry that is not a size");
      }
      if (numbers.size() == most) {
        throw broken(name, "has a " + what + " of more than " + most + " entries");
      }
      numbers.add(parser.getLongValue());
    }
    return List.copyOf(numbers);
  }

  private SafetensorsEntry checked(
      String name, String dtype, List<Long> shape, List<Long> offsets) {
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw broken(name, "has data_offsets that are not a pair of begin and end");
    }
    long product = 1; // of the extents that are not 0, so that it is safe in any order
    for (long extent : shape) {
      if (extent != 0 && product > Long.MAX_VALUE / extent) {
        throw broken(name, "has a shape with more elements than can be counted");
      }
      product *= Math.max(1, extent);
    }
    long count = shape.contains(0L) ? 0 : product;
    SafetensorsEntry entry =
        new SafetensorsEntry(name, dtype, shape, offsets.get(0), offsets.get(1));
    int bytes = SafetensorsEntry.elementBytes(dtype);
    long held = entry.end() - entry.begin();
    if (bytes != 0 && (count > Long.MAX_VALUE / bytes || count * bytes != held)) {
      throw broken(
          name, "is " + entry.describe() + ", but its data_offsets hold " + held + " bytes");
    }
    return entry;
  }

  /** Checks that every byte of data belongs to exactly one tensor. */
  private void checkCoverage(long dataBytes) {
    List<SafetensorsEntry> byPlace = new ArrayList<>(entries.values());
    byPlace.sort(
        Comparator.comparingLong(SafetensorsEntry::begin).thenComparingLong(SafetensorsEntry::end));
    long covered = 0;
    for (SafetensorsEntry entry : byPlace) {
      if (entry.end() > dataBytes) {
        throw broken(
            entry.name(),
            "ends at byte " + entry.end() + " of the data, but the file holds only " + dataBytes);
      }
      if (entry.begin() < covered) {
        throw broken(entry.name(), "overlaps the tensor before it");
      }
      if (entry.begin() > covered) {
        throw broken(
            entry.name(), "begins after a hole of " + (entry.begin() - covered) + " bytes");
      }
      covered = entry.end();
    }
    if (covered != dataBytes) {
      throw broken((dataBytes - covered) + " bytes follow the last tensor");
    }
  }

  private InputException broken(String name, String what) {
    return broken("tensor " + quote(name) + " " + what);
  }

  private InputException broken(String what) {
    return new InputException(sentence(what));
  }

  private String sentence(String what) {
    return file + " is not a valid safetensors file: " + what;
  }

  /**
   * Returns a name from a file in quotes, without control characters and cut to a readable length.
   */
  public static String quote(String name) {
    String clean = name.replaceAll("\\p{Cntrl}", "\uFFFD");
    return "'" + (clean.length() <= 120 ? clean : clean.substring(0, 120) + "…") + "'";
  }
}
