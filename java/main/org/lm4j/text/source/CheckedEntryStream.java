package org.lm4j.text.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** The content of a zip entry, checked against the size and CRC-32 in the directory. */
final class CheckedEntryStream extends InputStream {
  private final InputStream in;
  private final @Nullable Inflater inflater;
  private final ZipItem entry;
  private final String name;
  private final CRC32 crc = new CRC32();
  private long size;

  /** Wraps unpacked content; closing this stream also ends the inflater, if there is one. */
  CheckedEntryStream(InputStream in, @Nullable Inflater inflater, ZipItem entry, String name) {
    this.in = in;
    this.inflater = inflater;
    this.entry = entry;
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int at, int count) throws IOException {
    int read;
    try {
      read = in.read(target, at, count);
    } catch (EOFException | ZipException e) {
      throw new UnreadableText(SkipReason.DAMAGED, sentence("its data is invalid"), e);
    }
    if (read > 0) {
      crc.update(target, at, read);
      size += read;
    }
    if (size > entry.size() || (read < 0 && size < entry.size())) {
      throw damaged("its length is wrong");
    }
    if (read < 0 && crc.getValue() != entry.packing().crc()) {
      throw damaged("its checksum is wrong");
    }
    if (read < 0 && inflater != null && inflater.getBytesRead() != entry.packing().packedSize()) {
      throw damaged("something else follows its data");
    }
    return read;
  }

  private UnreadableText damaged(String why) {
    return new UnreadableText(SkipReason.DAMAGED, sentence(why));
  }

  private String sentence(String why) {
    return name + " is damaged: " + why + "; get the archive again.";
  }

  @Override
  public void close() throws IOException {
    in.close();
    if (inflater != null) {
      inflater.end();
    }
  }
}
