package org.lm4j.text.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A block of bytes of a zip archive, with access to its little-endian numbers. */
final class ZipBytes {
  private final ByteBuffer bytes;

  ZipBytes(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads {@code count} bytes at an offset; if there are fewer, the archive is damaged. */
  static ZipBytes read(FileChannel channel, long at, int count, Path path) throws IOException {
    if (at < 0 || at > channel.size() - count) {
      throw ZipArchive.damaged(path, "it is cut short");
    }
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw ZipArchive.damaged(path, "it is cut short");
      }
    }
    return new ZipBytes(bytes.array());
  }

  int length() {
    return bytes.capacity();
  }

  byte[] octets() {
    return bytes.array();
  }

  byte[] octets(int at, int count) {
    byte[] part = new byte[count];
    bytes.get(at, part);
    return part;
  }

  int int2(int at) {
    return bytes.getShort(at) & 0xFFFF;
  }

  int int4(int at) {
    return bytes.getInt(at);
  }

  long uint4(int at) {
    return bytes.getInt(at) & 0xFFFF_FFFFL;
  }

  long long8(int at) {
    return bytes.getLong(at);
  }
}
