package org.lm4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * Length and CRC-32C of the bytes of a file. The checksum is there to find accidents: one flipped
 * bit, or any damage within 32 bits, is always found, all else but once in 2^32 times. It is not
 * meant to stop deliberate changes, since the stored checksum can be changed too.
 *
 * <p>CRC-32C rather than a cryptographic hash, because every JVM computes it at memory speed from
 * the first call, even while still interpreting: SHA-256 would noticeably delay the start of a
 * command.
 *
 * @param bytes the length
 * @param crc the CRC-32C of the bytes
 */
public record FileSum(long bytes, int crc) {
  private static final int CHUNK = 1 << 18;

  /** Returns in words how the sum that was found differs from this one, which it should be. */
  String difference(FileSum found) {
    return bytes == found.bytes
        ? "its bytes are not those that were written (checksum)"
        : "it has %d bytes, not the %d that were written".formatted(found.bytes, bytes);
  }

  /** Computes the checksum of bytes in memory. */
  public static FileSum of(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return new FileSum(bytes.length, (int) crc.getValue());
  }

  /**
   * Computes the checksum of a file.
   *
   * @throws InputException if it cannot be read
   */
  public static FileSum of(Path file) {
    return ofBeginning(file, Long.MAX_VALUE);
  }

  /** Returns the checksum of an invalid file if it differs from the recorded one; else rethrows. */
  static FileSum ofChanged(Path file, @Nullable FileSum known, InputException failure) {
    FileSum sum = known == null || !Files.exists(file) ? null : of(file);
    if (sum == null || sum.equals(known)) {
      throw failure;
    }
    return sum;
  }

  /**
   * Computes the checksum of the first {@code most} bytes of a file, or of the whole file if it is
   * shorter.
   */
  static FileSum ofBeginning(Path file, long most) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return of(channel, most);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /**
   * Computes the checksum of the first {@code most} bytes of an open file, or of the whole file if
   * it is shorter.
   */
  static FileSum of(FileChannel channel, long most) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(Math.clamp(channel.size(), 1, CHUNK));
    long done = 0;
    while (done < most) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), most - done));
      int read = channel.read(buffer, done);
      if (read < 0) {
        break;
      }
      crc.update(buffer.flip());
      done += read;
    }
    return new FileSum(done, (int) crc.getValue());
  }

  // Written out, since a record's generated methods are linked on first use, which takes
  // milliseconds at the start of every command.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FileSum sum && bytes == sum.bytes && crc == sum.crc;
  }

  @Override
  public int hashCode() {
    return crc;
  }

  /** Returns the checksum in hexadecimal digits, a space, and the length. */
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(crc) + " " + bytes; // a formatter takes long the first time
  }

  /** Parses the output of {@link #toString}; null if it is something else. */
  public static @Nullable FileSum parse(String text) {
    if (text.length() < 10 || text.charAt(8) != ' ') {
      return null;
    }
    try {
      FileSum sum =
          new FileSum(Long.parseLong(text.substring(9)), HexFormat.fromHexDigits(text, 0, 8));
      return sum.toString().equals(text) && sum.bytes >= 0 ? sum : null;
    } catch (IllegalArgumentException e) {
      return null; // not digits
    }
  }
}
