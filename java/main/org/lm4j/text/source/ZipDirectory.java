package org.lm4j.text.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Reads the directory at the end of a zip archive, zip64 too (APPNOTE 6.3.10, section 4.3). */
final class ZipDirectory {
  /** The signature of a local file header. */
  static final int ENTRY = 0x04034B50;

  private static final int ITEM = 0x02014B50;
  private static final int END = 0x06054B50;
  private static final int END_64 = 0x06064B50;
  private static final int LOCATOR_64 = 0x07064B50;
  private static final int ITEM_BYTES = 46;
  private static final int END_BYTES = 22;
  private static final int END_64_BYTES = 56;
  private static final int LOCATOR_BYTES = 20;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final int LARGEST = 1 << 28;
  private static final int UTF8_NAME = 1 << 11;
  private static final int SIZES_64 = 0x0001;
  private static final int UNICODE_PATH = 0x7075;
  private static final long IN_EXTRA = 0xFFFF_FFFFL;

  private final Path path;
  private final FileChannel channel;

  ZipDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** The position of the directory and its number of entries. */
  private record Extent(long begin, long size, long entries) {}

  /** Returns whether a local file header lies at an offset. */
  static boolean isEntry(FileChannel channel, long at) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(4);
    while (start.hasRemaining() && channel.read(start, at + start.position()) >= 0) {}
    return !start.hasRemaining() && Integer.reverseBytes(start.getInt(0)) == ENTRY;
  }

  /** Returns the offset of the directory. */
  long begin() throws IOException {
    return extent().begin;
  }

  /**
   * Reads all entries, in the order of the directory.
   *
   * @throws UnreadableText if it is damaged
   */
  List<ZipItem> read() throws IOException {
    Extent extent = extent();
    if (extent.size > LARGEST) {
      throw ZipArchive.damaged(path, "its directory is too large");
    }
    ZipBytes bytes = ZipBytes.read(channel, extent.begin, (int) extent.size, path);
    List<ZipItem> items = new ArrayList<>();
    int at = 0;
    while (at < bytes.length()) {
      if (at > bytes.length() - ITEM_BYTES || bytes.int4(at) != ITEM) {
        throw ZipArchive.damaged(path, "its directory is invalid");
      }
      int next = at + ITEM_BYTES + bytes.int2(at + 28) + bytes.int2(at + 30) + bytes.int2(at + 32);
      if (next > bytes.length()) {
        throw ZipArchive.damaged(path, "its directory is cut short");
      }
      items.add(item(bytes, at));
      at = next;
    }
    if (items.size() != extent.entries) {
      throw ZipArchive.damaged(
          path, "it has %d entries, not %d".formatted(items.size(), extent.entries));
    }
    return items;
  }

  private Extent extent() throws IOException {
    long size = channel.size();
    int count = (int) Math.min(size, END_BYTES + LONGEST_COMMENT);
    ZipBytes tail = ZipBytes.read(channel, size - count, count, path);
    boolean seen = false;
    for (int at = count - END_BYTES; at >= 0; at--) {
      if (tail.int4(at) == END) {
        seen = true;
        if (at + END_BYTES + tail.int2(at + 20) == count) {
          return extent(tail, at, size - count + at);
        }
      }
    }
    throw ZipArchive.damaged(
        path,
        seen ? "something else follows its end" : "it is cut short: its directory is missing");
  }

  /**
   * Reads the position from the end-of-directory record, which lies at {@code place} of the file.
   */
  private Extent extent(ZipBytes tail, int at, long place) throws IOException {
    Extent plain = new Extent(tail.uint4(at + 16), tail.uint4(at + 12), tail.int2(at + 10));
    Extent wide = place < LOCATOR_BYTES ? null : extent64(place - LOCATOR_BYTES);
    boolean split = tail.int2(at + 4) != tail.int2(at + 6) || tail.int2(at + 8) != plain.entries;
    if (wide != null) {
      return wide;
    }
    if (split || tail.int2(at + 4) != 0) {
      throw ZipArchive.damaged(path, "it is one part of several");
    }
    return required(plain, place);
  }

  private @Nullable Extent extent64(long locator) throws IOException {
    ZipBytes place = ZipBytes.read(channel, locator, LOCATOR_BYTES, path);
    if (place.int4(0) != LOCATOR_64) {
      return null;
    }
    long at = place.long8(8);
    ZipBytes end = ZipBytes.read(channel, at, END_64_BYTES, path);
    boolean whole = place.int4(4) == 0 && end.int4(16) == 0 && end.int4(20) == 0;
    if (end.int4(0) != END_64 || !whole || end.long8(24) != end.long8(32)) {
      throw ZipArchive.damaged(path, "its end is invalid");
    }
    return required(new Extent(end.long8(48), end.long8(40), end.long8(32)), at);
  }

  /** Checks that the directory ends where the end-of-directory record begins. */
  private Extent required(Extent extent, long end) {
    if (extent.begin < 0 || extent.size < 0 || extent.begin > end) {
      throw ZipArchive.damaged(path, "its end is invalid");
    }
    if (extent.size != end - extent.begin) {
      throw ZipArchive.damaged(path, "its parts do not lie where they should, as if cut or joined");
    }
    return extent;
  }

  private ZipItem item(ZipBytes bytes, int at) {
    int flags = bytes.int2(at + 8);
    int nameLength = bytes.int2(at + 28);
    byte[] rawName = bytes.octets(at + ITEM_BYTES, nameLength);
    ZipBytes extra = new ZipBytes(bytes.octets(at + ITEM_BYTES + nameLength, bytes.int2(at + 30)));
    long packed = bytes.uint4(at + 20);
    long size = bytes.uint4(at + 24);
    long offset = bytes.uint4(at + 42);
    ZipBytes wide = field(extra, SIZES_64);
    int next = 0;
    if (size == IN_EXTRA && wide != null && wide.length() >= next + 8) {
      size = wide.long8(next);
      next += 8;
    }
    if (packed == IN_EXTRA && wide != null && wide.length() >= next + 8) {
      packed = wide.long8(next);
      next += 8;
    }
    if (offset == IN_EXTRA && wide != null && wide.length() >= next + 8) {
      offset = wide.long8(next);
    }
    if (size < 0 || packed < 0 || offset < 0 || bytes.int2(at + 34) != 0) {
      throw ZipArchive.damaged(path, "its directory is invalid");
    }
    return new ZipItem(
        rawName,
        name(rawName, flags, extra),
        flags,
        new ZipItem.Packing(bytes.int2(at + 10), bytes.uint4(at + 16), packed, size),
        offset,
        bytes.int4(at + 38));
  }

  /** Returns a field of the extra data, or null if it is missing. */
  private static @Nullable ZipBytes field(ZipBytes extra, int id) {
    for (int at = 0; at + 4 <= extra.length(); ) {
      int length = extra.int2(at + 2);
      if (at + 4 + length > extra.length()) {
        return null;
      }
      if (extra.int2(at) == id) {
        return new ZipBytes(extra.octets(at + 4, length));
      }
      at += 4 + length;
    }
    return null;
  }

  /**
   * Decodes a name as UTF-8 if the entry or the bytes indicate it, else as code page 437, as the
   * format specifies.
   */
  private static String name(byte[] raw, int flags, ZipBytes extra) {
    ZipBytes unicode = field(extra, UNICODE_PATH);
    if ((flags & UTF8_NAME) == 0 && unicode != null && unicode.length() > 5) {
      CRC32 crc = new CRC32();
      crc.update(raw);
      String name = utf8(unicode.octets(5, unicode.length() - 5));
      if (name != null && crc.getValue() == unicode.uint4(1)) {
        return name;
      }
    }
    String name = utf8(raw);
    return name != null ? name : new String(raw, codePage437());
  }

  private static Charset codePage437() {
    return Charset.isSupported("IBM437")
        ? Charset.forName("IBM437")
        : StandardCharsets.ISO_8859_1; // in a Java runtime without its extra encodings
  }

  private static @Nullable String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
