package org.lm4j.io;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import tools.jackson.databind.JsonNode;

/**
 * A log of one JSON value per line, open for appending.
 *
 * <p>Every line is written by a single system call. A last line without a newline is incomplete:
 * its writer was killed. Readers ignore it, and the next {@link #append} removes it.
 */
public final class JsonLines implements AutoCloseable {
  /**
   * The longest line read: a log line has some hundred bytes, and a file without lines is not a
   * log.
   */
  static final int MAX_LINE_BYTES = 16 << 20;

  private final Path file;
  private final FileChannel channel;
  private final CRC32C crc = new CRC32C(); // of all that is in the file
  private long bytes;

  private JsonLines(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a log for appending, creates it if there is none, and removes an incomplete last line.
   *
   * @throws InputException if it is a symbolic link, or not a file
   * @throws UncheckedIOException if it cannot be opened for writing
   */
  public static JsonLines append(Path file) {
    requirePlain(file);
    try {
      DiskChanges.announce("create", file);
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      boolean ready = false;
      try {
        long whole = endOfLastLine(channel);
        if (whole < channel.size()) {
          DiskChanges.announce("write", file);
          channel.truncate(whole);
        }
        channel.position(whole);
        JsonLines lines = new JsonLines(file, channel);
        lines.count(channel, whole);
        ready = true;
        return lines;
      } finally {
        if (!ready) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw IoErrors.cannotWrite(file, e);
    }
  }

  /**
   * Appends a value as one line, immediately.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void write(Object value) {
    byte[] line = (Json.line(value) + "\n").getBytes(StandardCharsets.UTF_8);
    change(
        () -> {
          DiskChanges.write(channel, ByteBuffer.wrap(line), file);
          crc.update(line);
          bytes += line.length;
        });
  }

  /**
   * Forces the lines written so far to disk.
   *
   * @return the length and checksum of the file
   * @throws UncheckedIOException if that fails
   */
  public FileSum force() {
    change(() -> DiskChanges.force(channel, file));
    return new FileSum(bytes, (int) crc.getValue());
  }

  /** An operation that changes the file. */
  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  private void change(Change change) {
    boolean interrupted = Thread.interrupted(); // an interrupt would close the channel
    try {
      change.make();
    } catch (IOException e) {
      throw IoErrors.cannotWrite(file, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void count(FileChannel open, long whole) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16);
    while (bytes < whole && open.read(block.clear(), bytes) > 0) {
      bytes += block.position();
      crc.update(block.flip());
    }
  }

  /**
   * Refuses a log that is a symbolic link: its lines would go to a file elsewhere, perhaps chosen
   * by the author of a downloaded folder.
   */
  private static void requirePlain(Path file) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new InputException(
          file
              + (Files.isSymbolicLink(file) ? " is a symbolic link" : " is not a file")
              + ", and nothing is written through it; replace it with the log itself, or delete"
              + " it");
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw IoErrors.cannotWrite(file, e);
    }
  }

  /**
   * Reads all complete lines of a log.
   *
   * @throws InputException if the file cannot be read, or a line is not JSON
   */
  public static List<JsonNode> read(Path file) {
    List<JsonNode> values = new ArrayList<>();
    scan(file, values::add);
    return values;
  }

  /** Receives the lines of a log of objects. */
  @FunctionalInterface
  public interface ObjectLine {
    /**
     * Receives the values of one line: strings, {@link Number}s, {@link Boolean}s, null, lists or
     * maps.
     *
     * @param place the name of the line in messages: the file and the line number, from 1
     */
    void take(String place, Map<String, @Nullable Object> values);
  }

  /**
   * Reads all complete lines of a log of objects.
   *
   * @throws InputException if the file cannot be read, or a line is not a JSON object
   */
  public static void readObjects(Path file, ObjectLine reader) {
    int[] number = {0};
    scan(
        file,
        line -> {
          String place = file + ", line " + ++number[0];
          if (!line.isObject()) {
            throw new InputException(place + ": not a JSON object, as the lines of a log are");
          }
          reader.take(place, Json.values(line));
        });
  }

  /**
   * Keeps the valid lines whose number {@code field} is at least that of the line before and at
   * most {@code last}, and drops the others. The file is replaced atomically; if there is nothing
   * to drop, or no file, nothing changes.
   *
   * @param valid decides whether the values of a line are valid; every line passed to it has the
   *     number
   * @return numbers, from 1, of the dropped lines that are damaged: not a JSON object, without the
   *     number, invalid, or followed by a line that was kept. An incomplete last line does not
   *     count
   * @throws InputException if the file is a symbolic link or cannot be read
   * @throws UncheckedIOException if it cannot be written
   */
  public static List<Integer> retainUpTo(
      Path file, String field, double last, Predicate<Map<String, @Nullable Object>> valid) {
    requirePlain(file);
    if (!Files.exists(file)) {
      return List.of();
    }
    List<Integer> damaged = new ArrayList<>();
    List<Integer> beyond = new ArrayList<>();
    double before = Double.NEGATIVE_INFINITY;
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int number = 1; ; number++) {
        byte[] line = lineOrNothing(in, file, number);
        if (line == null) {
          break;
        }
        Map<String, @Nullable Object> values = valuesOrNull(line);
        double at =
            values != null && values.get(field) instanceof Number n ? n.doubleValue() : Double.NaN;
        if (values == null || Double.isNaN(at) || !valid.test(values)) {
          damaged.add(number);
        } else if (at < before || at > last) {
          beyond.add(number);
        } else {
          damaged.addAll(beyond);
          beyond.clear();
          before = at;
          kept.write(line);
          kept.write('\n');
        }
      }
      if (kept.size() < Files.size(file)) {
        AtomicFile.writeBytes(file, kept.toByteArray());
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
    damaged.sort(null);
    return damaged;
  }

  /**
   * Reads a line as {@link #nextLine} does; one that is too long for a log is read to its end, and
   * is empty here, as a damaged one.
   */
  private static byte @Nullable [] lineOrNothing(InputStream in, Path file, int number)
      throws IOException {
    try {
      return nextLine(in, file, number);
    } catch (InputException e) { // too long
      int last = in.read();
      while (last >= 0 && last != '\n') {
        last = in.read();
      }
      return last < 0 ? null : new byte[0];
    }
  }

  private static @Nullable Map<String, @Nullable Object> valuesOrNull(byte[] line) {
    try {
      JsonNode value = Json.parse(line, "", JsonNode.class);
      return value.isObject() ? Json.values(value) : null;
    } catch (InputException e) {
      return null;
    }
  }

  /** Passes each complete line of a log on. */
  private static void scan(Path file, Consumer<JsonNode> sink) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int number = 1; ; number++) {
        byte[] line = nextLine(in, file, number);
        if (line == null) {
          return;
        }
        String place = file + ", line " + number;
        String text = new String(line, StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
          throw new InputException(
              place
                  + ": damaged, it has NUL bytes, as after a power cut; delete this line, or resume"
                  + " the run, which drops it");
        }
        sink.accept(Json.parseLine(text, place, JsonNode.class));
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Returns the next line without its line end, or null if no complete line is left. */
  private static byte @Nullable [] nextLine(InputStream in, Path file, int number)
      throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      if (line.size() == MAX_LINE_BYTES) {
        throw new InputException(file + ", line " + number + ": too long for a log line");
      }
      line.write(b);
    }
    return line.toByteArray();
  }

  private static long endOfLastLine(FileChannel channel) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16);
    for (long end = channel.size(); end > 0; ) {
      long start = Math.max(0, end - block.capacity());
      block.clear().limit((int) (end - start));
      while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {}
      for (int i = block.position() - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return start + i + 1;
        }
      }
      end = start;
    }
    return 0;
  }
}
