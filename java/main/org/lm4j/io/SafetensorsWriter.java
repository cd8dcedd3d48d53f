package org.lm4j.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes safetensors files. The bytes depend only on the arguments: metadata and tensors are in the
 * order of their maps, and the header is padded with spaces so that the data begin at a multiple of
 * 64 bytes (the format's own custom is 8).
 */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 64;

  /** Jackson's generator, apart from what readers use of this class. */
  private static final class Header {
    static final JsonFactory FACTORY = JsonFactory.builder().build();
  }

  private SafetensorsWriter() {}

  /**
   * Writes tensors to a file, which is replaced atomically. Data go from the tensors' memory to the
   * file without a copy; there is no limit on their size.
   *
   * @param tensors tensors by name, all on the host, in an ordered map such as a {@code
   *     LinkedHashMap}
   * @param metadata arbitrary strings; {@code __metadata__} is omitted if there are none
   * @throws IllegalArgumentException if a tensor is named {@code __metadata__} or a string has an
   *     unpaired surrogate
   * @throws IllegalStateException if a tensor is closed or lies on a device
   * @throws java.io.UncheckedIOException if the file cannot be written; an old one is then
   *     unchanged
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) ->
            entries.put(name, new Entry(tensor.dtype().name(), tensor.shape(), tensor.segment())));
    writeEntries(file, entries, metadata);
  }

  /**
   * Writes tensors rounded to bfloat16, as {@link #write} does.
   *
   * @throws org.lm4j.InputException if a number is beyond the range of bfloat16
   */
  public static void writeBfloat16(
      Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Entry> entries = new LinkedHashMap<>();
      tensors.forEach(
          (name, tensor) -> {
            MemorySegment rounded = arena.allocate(tensor.size() * Bfloat16.BYTES);
            Bfloat16.round(tensor, rounded, name);
            entries.put(name, new Entry("BF16", tensor.shape(), rounded));
          });
      writeEntries(file, entries, metadata);
    }
  }

  /**
   * A tensor that lies anywhere, such as in a file that is mapped into memory.
   *
   * @param bytes its elements in row-major order, each little-endian
   */
  public record Data(DType dtype, Shape shape, MemorySegment bytes) {}

  /**
   * A tensor as it stands in a file.
   *
   * @param type the type in the words of the format
   */
  private record Entry(String type, Shape shape, MemorySegment bytes) {}

  /** Writes tensors that lie anywhere, as {@link #write} does. */
  public static void writeData(Path file, Map<String, Data> tensors, Map<String, String> metadata) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    tensors.forEach(
        (name, data) -> entries.put(name, new Entry(data.dtype.name(), data.shape, data.bytes)));
    writeEntries(file, entries, metadata);
  }

  private static void writeEntries(
      Path file, Map<String, Entry> tensors, Map<String, String> metadata) {
    requireLittleEndian();
    byte[] header = header(tensors, metadata);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          DiskChanges.write(channel, prefix.putLong(0, header.length), file);
          DiskChanges.write(channel, ByteBuffer.wrap(header), file);
          for (Entry tensor : tensors.values()) {
            writeData(channel, tensor.bytes, file);
          }
        });
  }

  /**
   * Checks the byte order: data are copied unchanged from memory, and the format is little-endian.
   */
  public static void requireLittleEndian() {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new UnsupportedOperationException(
          "safetensors files can be read and written on little-endian machines only");
    }
  }

  private static byte[] header(Map<String, Entry> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Header.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart("__metadata__");
        metadata.forEach(
            (key, text) -> json.writeStringProperty(wellFormed(key), wellFormed(text)));
        json.writeEndObject();
      }
      long offset = 0;
      for (Map.Entry<String, Entry> entry : tensors.entrySet()) {
        long end = offset + entry.getValue().bytes.byteSize();
        writeEntry(json, entry.getKey(), entry.getValue(), offset, end);
        offset = end;
      }
      json.writeEndObject();
    }
    while ((8 + bytes.size()) % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static void writeEntry(
      JsonGenerator json, String name, Entry tensor, long begin, long end) {
    if (name.equals("__metadata__")) {
      throw new IllegalArgumentException("a tensor cannot be named __metadata__");
    }
    json.writeObjectPropertyStart(wellFormed(name));
    json.writeStringProperty("dtype", tensor.type);
    json.writeName("shape");
    int[] dims = tensor.shape.dims();
    json.writeArray(dims, 0, dims.length);
    json.writeName("data_offsets");
    json.writeArray(new long[] {begin, end}, 0, 2);
    json.writeEndObject();
  }

  private static String wellFormed(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("half a surrogate pair in '" + text + "'");
    }
    return text;
  }

  private static void writeData(FileChannel channel, MemorySegment data, Path file)
      throws IOException {
    for (long done = 0; done < data.byteSize(); ) {
      long chunk = Math.min(SafetensorsFile.CHUNK, data.byteSize() - done);
      DiskChanges.write(channel, data.asSlice(done, chunk).asByteBuffer(), file);
      done += chunk;
    }
  }
}
