package org.lm4j.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;

/**
 * Reads the binary format of {@link VectorFiles}. The numbers of an uncompressed file are
 * memory-mapped, so the system can reclaim their memory.
 */
final class BinaryVectors {
  private static final int LONGEST_WORD = 1 << 16; // bytes
  private static final int LONGEST_HEADER = 64;

  private final Path file;
  private final InputStream in;
  private final int limit;
  private long offset;
  private long wordAt; // where the current word begins

  private BinaryVectors(Path file, InputStream in, int limit) {
    this.file = file;
    this.in = in;
    this.limit = limit;
  }

  static byte[] of(VectorTable table, int row) {
    byte[] word = table.words().get(row).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(word.length + 2 + table.dimension() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(word).put((byte) ' ');
    for (int i = 0; i < table.dimension(); i++) {
      bytes.putFloat(table.get(row, i));
    }
    return bytes.put((byte) '\n').array();
  }

  /** Reads an uncompressed file: its numbers stay in the file, which is mapped. */
  static VectorTable read(Path file, int limit) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        InputStream in =
            new BufferedInputStream(Channels.newInputStream(channel.position(0)), 1 << 16)) {
      MemorySegment whole =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      return new BinaryVectors(file, in, limit).table(channel.size(), whole);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Reads an unpacked stream of unknown length. */
  static VectorTable read(Path file, InputStream in, int limit) throws IOException {
    return new BinaryVectors(file, in, limit).table(Long.MAX_VALUE, null);
  }

  private VectorTable table(long size, @Nullable MemorySegment mapped) throws IOException {
    VectorFiles.Header header = header();
    int wanted = Math.min(limit, header.words());
    long least = wanted * (header.dimension() * (long) Float.BYTES + 2);
    if (size - offset < least) {
      throw new InputException(
          "%s is truncated, or its header is wrong: %,d words of %,d dimensions take at least %,d bytes, but %,d follow it"
              .formatted(file, wanted, header.dimension(), least, size - offset));
    }
    VectorRows rows =
        new VectorRows(
            mapped == null
                ? new VectorNumbers(header.dimension())
                : new VectorNumbers(header.dimension(), mapped));
    float[] vector = new float[header.dimension()];
    for (int i = 0; i < wanted; i++) {
      String word = word(i, header.words());
      long at = offset;
      vector(word, vector);
      rows.add(word, vector, at, file + ", byte " + wordAt);
    }
    if (wanted == header.words()) {
      requireEnd(header);
    }
    return rows.table();
  }

  private void requireEnd(VectorFiles.Header header) throws IOException {
    int more = next();
    while (more == '\n') {
      more = next();
    }
    if (more >= 0) {
      throw new InputException(
          "%s, byte %d: there is more after the %d words that the header announces"
              .formatted(file, offset - 1, header.words()));
    }
  }

  private VectorFiles.Header header() throws IOException {
    StringBuilder line = new StringBuilder();
    int octet = next();
    while (octet >= 0 && octet != '\n' && line.length() < LONGEST_HEADER) {
      line.append((char) octet);
      octet = next();
    }
    String[] parts = line.toString().strip().split(" ", -1);
    boolean numbers = Arrays.stream(parts).allMatch(part -> part.matches("\\d{1,18}"));
    if (parts.length != 2 || octet != '\n' || !numbers) {
      throw new InputException(
          file
              + " holds no word vectors: a word2vec file begins with a line of two numbers, words"
              + " and dimensions");
    }
    return VectorFiles.Header.of(
        file + ", byte 0", Long.parseLong(parts[0]), Long.parseLong(parts[1]));
  }

  private String word(int index, int words) throws IOException {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    int octet = next();
    while (octet == '\n') {
      octet = next();
    }
    wordAt = offset - 1;
    while (octet >= 0 && octet != ' ' && word.size() < LONGEST_WORD) {
      word.write(octet);
      octet = next();
    }
    if (octet < 0) {
      throw new InputException(
          "%s, byte %d: the file ends in word %d of %d".formatted(file, offset, index + 1, words));
    }
    if (octet != ' ') {
      throw new InputException(
          "%s, byte %d: there should be a word with a space after it; the header's dimensions may be wrong"
              .formatted(file, wordAt));
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(word.toByteArray()))
              .toString();
      requireWord(text);
      return text;
    } catch (CharacterCodingException e) {
      throw new InputException(
          "%s, byte %d: the word there is not UTF-8; the header's dimensions may be wrong"
              .formatted(file, wordAt),
          e);
    }
  }

  /**
   * Refuses characters that occur in vectors but in no word: then numbers are being read as a word.
   */
  private void requireWord(String text) {
    if (text.indexOf('\0') >= 0) { // some files have line ends in words
      throw new InputException(
          "%s, byte %d: numbers where a word should be; a word before has a space in it, which a binary file cannot have, or the header's dimensions are wrong"
              .formatted(file, wordAt));
    }
  }

  private void vector(String word, float[] into) throws IOException {
    byte[] bytes = in.readNBytes(into.length * Float.BYTES);
    offset += bytes.length;
    if (bytes.length < into.length * Float.BYTES) {
      throw new InputException(
          "%s, byte %d: the file ends in the vector of '%s'".formatted(file, offset, word));
    }
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(into);
  }

  private int next() throws IOException {
    int octet = in.read();
    if (octet >= 0) {
      offset++;
    }
    return octet;
  }
}
