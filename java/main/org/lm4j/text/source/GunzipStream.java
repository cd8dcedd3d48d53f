package org.lm4j.text.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks gzip (RFC 1952) to the end of the last member and checks everything that can be checked:
 * headers, lengths and CRCs of every member, and that nothing follows but zero padding. Any error
 * is an {@link UnreadableText} thrown while reading.
 */
final class GunzipStream extends InputStream {
  private static final int CRC_OF_HEADER = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final InputStream in;
  private final String name;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private int members;
  private boolean inMember;
  private boolean done;

  /** Wraps a stream of gzip data; messages call it by this name. */
  GunzipStream(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int from, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    while (!done) {
      if (!inMember) {
        beginMember();
        continue;
      }
      int unpacked = inflate(target, from, count);
      if (unpacked > 0) {
        crc.update(target, from, unpacked);
        return unpacked;
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw damaged("it wants a dictionary");
      } else if (at < end || fill()) {
        inflater.setInput(buffer, at, end - at);
        at = end;
      } else {
        throw damaged("it is cut short");
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int from, int count) {
    try {
      return inflater.inflate(target, from, count);
    } catch (DataFormatException e) {
      throw new UnreadableText(SkipReason.DAMAGED, sentence("its data is invalid"), e);
    }
  }

  /** Reads a header, or finds that there are no more members. */
  private void beginMember() throws IOException {
    if (at == end && !fill()) {
      if (members == 0) {
        throw damaged("it is empty");
      }
      done = true;
      return;
    }
    if (members > 0 && buffer[at] == 0) {
      onlyZerosFollow();
      done = true;
      return;
    }
    crc.reset();
    if (header() != 0x1F || header() != 0x8B) {
      throw damaged(
          members == 0
              ? "it does not begin as gzip does"
              : members == 1
                  ? "something else follows its first part"
                  : "something else follows its first %,d parts".formatted(members));
    }
    if (header() != 8) {
      throw damaged("its method of compression is unknown");
    }
    int flags = header();
    if ((flags & RESERVED) != 0) {
      throw damaged("its header has unknown flags");
    }
    for (int i = 0; i < 6; i++) { // time, speed, system
      header();
    }
    skipOptionalParts(flags);
    crc.reset();
    inflater.reset();
    inMember = true;
    members++;
  }

  private void skipOptionalParts(int flags) throws IOException {
    if ((flags & EXTRA) != 0) {
      int length = header() | header() << 8;
      for (int i = 0; i < length; i++) {
        header();
      }
    }
    for (int part : new int[] {NAME, COMMENT}) {
      while ((flags & part) != 0 && header() != 0) {}
    }
    if ((flags & CRC_OF_HEADER) != 0) {
      long expected = crc.getValue() & 0xFFFF;
      if ((octet() | octet() << 8) != expected) {
        throw damaged("the checksum of its header is wrong");
      }
    }
  }

  private void endMember() throws IOException {
    at = end - inflater.getRemaining();
    if (little4() != crc.getValue()) {
      throw damaged("its checksum is wrong");
    }
    if (little4() != (inflater.getBytesWritten() & 0xFFFF_FFFFL)) {
      throw damaged("its length is wrong");
    }
    inMember = false;
  }

  private void onlyZerosFollow() throws IOException {
    do {
      for (; at < end; at++) {
        if (buffer[at] != 0) {
          throw damaged("something else follows its end");
        }
      }
    } while (fill());
  }

  private long little4() throws IOException {
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value |= (long) octet() << (8 * i);
    }
    return value;
  }

  /** Reads one header byte, which the header's checksum covers. */
  private int header() throws IOException {
    int octet = octet();
    crc.update(octet);
    return octet;
  }

  private int octet() throws IOException {
    if (at == end && !fill()) {
      throw damaged("it is cut short");
    }
    return buffer[at++] & 0xFF;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer));
    return end > 0;
  }

  private UnreadableText damaged(String why) {
    return new UnreadableText(SkipReason.DAMAGED, sentence(why));
  }

  private String sentence(String why) {
    return name + " is damaged gzip: " + why + "; get it again.";
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
