package org.lm4j.text.source;

import java.util.Arrays;

/**
 * An entry of a zip archive as its directory describes it.
 *
 * @param rawName the bytes of the name
 * @param name the decoded name
 * @param flags general purpose bits
 * @param packing how the content is stored
 * @param offset offset of the local file header
 * @param attributes attributes in the file system it comes from
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ZipItem(
    byte[] rawName, String name, int flags, Packing packing, long offset, int attributes) {
  /**
   * The storage of an entry's content.
   *
   * @param method number of the compression method
   * @param crc CRC-32 of the content
   * @param packedSize size of the compressed content in bytes
   * @param size size of the content in bytes
   */
  public record Packing(int method, long crc, long packedSize, long size) {}

  /** The size in bytes of a local file header before its name. */
  static final int HEADER = 30;

  /** Flag: sizes and CRC follow the data instead of being in the header before it. */
  static final int SIZES_FOLLOW = 8;

  private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
  private static final int TYPE = 0xF000;
  private static final int LINK = 0xA000;

  /** Returns the size of the content in bytes. */
  public long size() {
    return packing.size;
  }

  boolean isEncrypted() {
    return (flags & ENCRYPTED) != 0;
  }

  boolean isFolder() {
    return name.endsWith("/");
  }

  /** Returns whether it is a symbolic link, whose content is only its target's path. */
  public boolean isLink() {
    return (attributes >>> 16 & TYPE) == LINK;
  }

  /**
   * Returns whether the entry is hidden: its path has a name beginning with a dot, or it is a macOS
   * resource fork.
   */
  public boolean isHidden() {
    return name.startsWith(".") || name.contains("/.") || name.startsWith("__MACOSX/");
  }

  boolean hasRawName(byte[] other) {
    return Arrays.equals(rawName, other);
  }
}
