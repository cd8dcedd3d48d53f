package org.lm4j.text.token;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.lm4j.InputException;

/**
 * The header of a token file: its first 128 bytes, little-endian: magic (8), version (4), width
 * (4), tokens (8), vocabulary size (4), id of {@code <unk>} or -1 (4), types, characters, bytes,
 * out-of-vocabulary tokens, then the last three of the targets alone (8 each), SHA-256 of the
 * tokens (32), 4 bytes of zero, CRC-32C of all before (4).
 *
 * @param vocabularySize V
 * @param unknown the id of {@code <unk>}, -1 if there is none
 * @param stats statistics of the text
 * @param sha256 SHA-256 of the tokens as stored
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TokenHeader(int vocabularySize, int unknown, CorpusStats stats, byte[] sha256) {
  static final int BYTES = 128;
  private static final long MAGIC = 0x4B4F544A344D4C89L; // 0x89 "LM4JTOK"
  private static final int VERSION = 1;

  /** Returns N, the number of tokens. */
  long tokens() {
    return stats.text().tokens();
  }

  /**
   * Returns the largest code stored: the last id, or V where text may be outside the vocabulary.
   */
  int largestCode() {
    return unknown >= 0 ? vocabularySize : vocabularySize - 1;
  }

  /** Returns the number of bytes per token. */
  int width() {
    return width(largestCode());
  }

  private static int width(int largestCode) {
    return largestCode <= 0xFF ? 1 : largestCode <= 0xFFFF ? 2 : 4;
  }

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    TextCounts text = stats.text();
    TextCounts targets = stats.targets();
    out.putLong(MAGIC).putInt(VERSION).putInt(width()).putLong(text.tokens());
    out.putInt(vocabularySize).putInt(unknown).putLong(stats.types());
    out.putLong(text.characters()).putLong(text.bytes()).putLong(text.oov());
    out.putLong(targets.characters()).putLong(targets.bytes()).putLong(targets.oov());
    out.put(sha256);
    out.putInt(BYTES - 4, checksum(out));
    return out.rewind();
  }

  /**
   * Reads and checks the header of an open file.
   *
   * @throws InputException when it is foreign, damaged or contradicts the file's length
   */
  static TokenHeader read(Path path, FileChannel channel) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining() && channel.read(in, in.position()) >= 0) {}
    if (in.hasRemaining() || in.getLong(0) != MAGIC) {
      throw new InputException(path + " is not a token file; name another or delete it.");
    }
    in.rewind().position(8);
    int version = in.getInt();
    if (version != VERSION) {
      throw InputException.naming(
          path
              + " has the version "
              + version
              + ", this program knows "
              + VERSION
              + "; train on the text anew, from these weights with {initFrom} if you like.");
    }
    if (in.getInt(BYTES - 4) != checksum(in)) {
      throw damaged(path, "its header has a wrong checksum");
    }
    int width = in.getInt();
    long tokens = in.getLong();
    int size = in.getInt();
    int unknown = in.getInt();
    long types = in.getLong();
    TextCounts text = new TextCounts(tokens, in.getLong(), in.getLong(), in.getLong());
    TextCounts targets =
        new TextCounts(Math.max(0, tokens - 1), in.getLong(), in.getLong(), in.getLong());
    byte[] sha256 = new byte[32];
    in.get(sha256);
    TokenHeader header =
        new TokenHeader(size, unknown, new CorpusStats(text, targets, types), sha256);
    if (size < 1 || unknown < -1 || unknown >= size || tokens < 0 || width != header.width()) {
      throw damaged(path, "its header contradicts itself");
    }
    long length = channel.size();
    if (tokens > (Long.MAX_VALUE - BYTES) / width || length != BYTES + tokens * width) {
      throw damaged(
          path, String.format("it has %d bytes, not those of its %d tokens", length, tokens));
    }
    return header;
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().clear().limit(BYTES - 4));
    return (int) crc.getValue();
  }

  private static InputException damaged(Path path, String why) {
    return InputException.naming(
        path
            + " is damaged: "
            + why
            + "; train on the text anew, from these weights with {initFrom} if you like.");
  }
}
