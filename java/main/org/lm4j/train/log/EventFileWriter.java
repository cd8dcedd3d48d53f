package org.lm4j.train.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.lm4j.io.AtomicFile;

/**
 * Writes scalars as TensorBoard reads them: an event file.
 *
 * <p>The file is a sequence of TFRecords: length (8 bytes, little-endian), its checksum, the data,
 * their checksum. A checksum is CRC-32C, turned right by 15 bits, plus 0xa282ead8 (TensorFlow's
 * {@code core/lib/io/record_writer.h} and {@code core/lib/hash/crc32c.h}). The data of a record are
 * one protocol buffer of type {@code Event} ({@code core/util/event.proto}):
 *
 * <pre>
 * Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 * Summary { repeated Value value = 1; }
 * Value   { string tag = 1; float simple_value = 2; }
 * </pre>
 *
 * <p>The first event holds the version and nothing else.
 */
public final class EventFileWriter {
  private static final String VERSION = "brain.Event:2";
  private static final int MASK_DELTA = 0xa282ead8;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private EventFileWriter() {}

  /**
   * Scalars measured at one moment.
   *
   * @param seconds since 1970 in UTC
   * @param step of the training, at least 0
   * @param scalars by tag; what stands before a slash is the tag's group. Kept as float32
   */
  public record Event(double seconds, long step, Map<String, Double> scalars) {}

  /**
   * Replaces a file whole, see {@link AtomicFile}. TensorBoard looks only at files whose names hold
   * "tfevents".
   *
   * @param events in the order of their steps
   * @throws java.io.UncheckedIOException if it cannot be written; an old one is then as before
   */
  public static void write(Path file, List<Event> events) {
    AtomicFile.writeStream(file, out -> write(out, events));
  }

  /** Writes events to a stream, in the format of the file. */
  static void write(OutputStream out, List<Event> events) throws IOException {
    Message version = new Message();
    version.doubleField(1, events.isEmpty() ? 0 : events.getFirst().seconds());
    version.bytesField(3, VERSION.getBytes(StandardCharsets.UTF_8));
    writeRecord(out, version.toByteArray());
    for (Event event : events) {
      writeRecord(out, encode(event));
    }
  }

  private static byte[] encode(Event event) {
    Message summary = new Message();
    event
        .scalars()
        .forEach(
            (tag, scalar) -> {
              Message value = new Message();
              value.bytesField(1, tag.getBytes(StandardCharsets.UTF_8));
              value.floatField(2, scalar.floatValue());
              summary.bytesField(1, value.toByteArray());
            });
    Message message = new Message();
    message.doubleField(1, event.seconds());
    message.varintField(2, event.step());
    message.bytesField(5, summary.toByteArray());
    return message.toByteArray();
  }

  private static void writeRecord(OutputStream out, byte[] data) throws IOException {
    byte[] length = littleEndian(8).putLong(data.length).array();
    out.write(length);
    out.write(littleEndian(4).putInt(maskedCrc(length)).array());
    out.write(data);
    out.write(littleEndian(4).putInt(maskedCrc(data)).array());
  }

  private static int maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A protocol buffer under construction. */
  private static final class Message extends ByteArrayOutputStream {
    void varintField(int field, long value) {
      key(field, VARINT);
      varint(value);
    }

    void doubleField(int field, double value) {
      key(field, FIXED64);
      writeBytes(littleEndian(8).putDouble(value).array());
    }

    void floatField(int field, float value) {
      key(field, FIXED32);
      writeBytes(littleEndian(4).putFloat(value).array());
    }

    void bytesField(int field, byte[] bytes) {
      key(field, BYTES);
      varint(bytes.length);
      writeBytes(bytes);
    }

    private void key(int field, int wireType) {
      varint(((long) field << 3) | wireType);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      write((int) rest);
    }
  }
}
