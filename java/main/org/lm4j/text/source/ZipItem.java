package org.lm4j.text.source;

import java.util.Arrays;

/**
 * An entry of a zip archive, as the directory describes it.
 *
 * @param rawName the bytes of the name
 * @param name in characters
 * @param crc CRC-32 of the content
 * @param size of the content in bytes
 * @param offset where its own header lies in the file
 * @param attributes of the file system it comes from
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ZipItem(
    byte[] rawName,
    String name,
    int flags,
    int method,
    long crc,
    long packedSize,
    long size,
    long offset,
    int attributes) {
  /** Bytes of an entry's own header before its name. */
  static final int HEADER = 30;

  /** Flag: sizes and CRC are behind the data, not in the header before it. */
  static final int SIZES_FOLLOW = 8;

  private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
  private static final int TYPE = 0xF000;
  private static final int LINK = 0xA000;

  boolean isEncrypted() {
    return (flags & ENCRYPTED) != 0;
  }

  boolean isFolder() {
    return name.endsWith("/");
  }

  /** Whether it is a symbolic link, whose content is only where it leads. */
  public boolean isLink() {
    return (attributes >>> 16 & TYPE) == LINK;
  }

  /** Anything below a dot, and the resource forks that macOS adds. */
  public boolean isHidden() {
    return name.startsWith(".") || name.contains("/.") || name.startsWith("__MACOSX/");
  }

  boolean hasRawName(byte[] other) {
    return Arrays.equals(rawName, other);
  }
}
