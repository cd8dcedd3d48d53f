package org.lm4j.text.source;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A strictly checked zip archive: its directory has to cover the file from the first byte to the
 * last, each entry has to agree with its own header, and unpacked content has to match the size and
 * CRC-32 in the directory. (The JDK's {@code ZipFile} compares neither, and reads the last of
 * several entries of one name for each.)
 */
public final class ZipArchive implements Closeable {
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final Path path;
  private final FileChannel channel;
  private final List<ZipItem> entries;

  private ZipArchive(Path path, FileChannel channel, List<ZipItem> entries) {
    this.path = path;
    this.channel = channel;
    this.entries = List.copyOf(entries);
  }

  /**
   * Opens an archive and checks its directory.
   *
   * @throws UnreadableText if it is damaged, has two entries of one name, or is not meant to be an
   *     archive but a document or a model
   * @throws IOException if it cannot be read
   */
  public static ZipArchive open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      List<ZipItem> entries = new ArrayList<>(new ZipDirectory(path, channel).read());
      ZipArchive archive = new ZipArchive(path, channel, entries);
      archive.requireDifferentNames();
      FileFormat document = archive.documentKind();
      if (document != null) {
        throw document.refusal(path.toString());
      }
      archive.requireWhole();
      return archive;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Returns the files in it, without folders, in the order of their names. */
  public List<ZipItem> files() {
    return entries.stream()
        .filter(entry -> !entry.isFolder())
        .sorted(Comparator.comparing(ZipItem::name))
        .toList();
  }

  /**
   * Opens the content of an entry; damage shows as an {@link UnreadableText} while it is read, at
   * the end at the latest.
   *
   * @throws UnreadableText if it is encrypted or packed in a way that is not read
   */
  public InputStream open(ZipItem entry) throws IOException {
    String name = nameOf(entry);
    if (entry.isEncrypted()) {
      throw new UnreadableText(
          SkipReason.ENCRYPTED,
          path + " is encrypted; unpack it first, with its password, and name the folder.");
    }
    if (entry.packing().method() != STORED && entry.packing().method() != DEFLATED) {
      throw new UnreadableText(
          SkipReason.OTHER_FORMAT,
          "%s is packed with method %d%s, which is not read; unpack %s first, with unzip or 7z x, and name the folder."
              .formatted(
                  name, entry.packing().method(), methodName(entry.packing().method()), path));
    }
    InputStream packed = new ChannelSlice(channel, entryData(entry), entry.packing().packedSize());
    Inflater inflater = entry.packing().method() == DEFLATED ? new Inflater(true) : null;
    InputStream unpacked =
        inflater == null ? packed : new InflaterInputStream(packed, inflater, 1 << 16);
    return new CheckedEntryStream(unpacked, inflater, entry, name);
  }

  /** Returns the name of an entry in messages. */
  public String nameOf(ZipItem entry) {
    return path + "!" + Escapes.text(entry.name());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void requireDifferentNames() {
    Set<String> names = new HashSet<>();
    for (ZipItem entry : entries) {
      if (!names.add(entry.name())) {
        throw damaged("it has two entries named " + Escapes.text(entry.name()));
      }
    }
  }

  /** Checks that entries follow each other from the first byte, without overlaps or gaps. */
  private void requireWhole() throws IOException {
    long reached = 0;
    for (ZipItem entry :
        entries.stream().sorted(Comparator.comparingLong(ZipItem::offset)).toList()) {
      if (entry.offset() < reached) {
        throw damaged("its entries overlap");
      }
      if (entry.offset() > reached && (reached == 0 || ZipDirectory.isEntry(channel, reached))) {
        throw damaged("its directory leaves out some of it");
      }
      reached = requireOwnHeader(entry) + entry.packing().packedSize();
    }
    long directory = new ZipDirectory(path, channel).begin();
    if (reached > directory) {
      throw damaged("its entries reach into its directory");
    }
    if (reached < directory && (reached == 0 || ZipDirectory.isEntry(channel, reached))) {
      throw damaged("its directory leaves out some of it");
    }
  }

  /** Returns the offset of an entry's data. */
  private long entryData(ZipItem entry) throws IOException {
    ZipBytes header = ZipBytes.read(channel, entry.offset(), ZipItem.HEADER, path);
    if (header.int4(0) != ZipDirectory.ENTRY) {
      throw damaged("an entry is not where its directory says");
    }
    return entry.offset() + ZipItem.HEADER + header.int2(26) + header.int2(28);
  }

  /** Compares an entry's own header with the directory. Returns where its data begins. */
  private long requireOwnHeader(ZipItem entry) throws IOException {
    long begin = entryData(entry);
    ZipBytes header = ZipBytes.read(channel, entry.offset(), ZipItem.HEADER, path);
    byte[] name =
        ZipBytes.read(channel, entry.offset() + ZipItem.HEADER, header.int2(26), path).octets();
    boolean sizesFollow = ((header.int2(6) | entry.flags()) & ZipItem.SIZES_FOLLOW) != 0;
    boolean agrees =
        ((header.int2(6) ^ entry.flags()) & 1) == 0 // encrypted both, or neither
            && header.int2(8) == entry.packing().method()
            && entry.hasRawName(name)
            && (sizesFollow
                || (header.uint4(14) == entry.packing().crc()
                    && agrees(header.uint4(18), entry.packing().packedSize())
                    && agrees(header.uint4(22), entry.size())));
    if (!agrees) {
      throw damaged(
          "the header of " + Escapes.text(entry.name()) + " is not what its directory says");
    }
    return begin;
  }

  private static boolean agrees(long own, long directory) {
    return own == directory || own == 0xFFFF_FFFFL; // the latter: in an extra field
  }

  /**
   * Recognises documents and models that are zip archives, by the names in it; null for a plain
   * archive.
   */
  private @Nullable FileFormat documentKind() {
    Set<String> names = new HashSet<>();
    entries.forEach(entry -> names.add(entry.name()));
    if (names.contains("[Content_Types].xml")) {
      if (names.stream().anyMatch(name -> name.startsWith("word/"))) {
        return FileFormat.packed(
            "a Word document (docx)", "save it as plain text in UTF-8, or use pandoc -t plain");
      }
      return names.stream().anyMatch(name -> name.startsWith("xl/"))
          ? FileFormat.packed("an Excel table (xlsx)", "save it as text in UTF-8 (CSV or tabs)")
          : FileFormat.packed("an Office document", "save it as plain text in UTF-8");
    }
    if (names.contains("mimetype")) {
      return names.contains("META-INF/container.xml")
          ? FileFormat.packed(
              "an e-book (EPUB)", "convert it to plain text, with pandoc -t plain or ebook-convert")
          : FileFormat.packed("an OpenDocument file", "save it as plain text in UTF-8");
    }
    if (names.contains("META-INF/MANIFEST.MF")) {
      return FileFormat.packed("a Java archive (jar)", "unpack it first, with unzip");
    }
    if (names.stream().anyMatch(name -> name.endsWith("data.pkl"))) {
      return FileFormat.packed("a file of PyTorch", "write its text to a plain file first");
    }
    boolean arrays = !names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"));
    return arrays ? FileFormat.packed("a file of NumPy arrays (npz)", "name a text") : null;
  }

  private static String methodName(int method) {
    return switch (method) {
      case 1 -> " (shrink)";
      case 6 -> " (implode)";
      case 9 -> " (deflate64)";
      case 12 -> " (bzip2)";
      case 14 -> " (LZMA)";
      case 93 -> " (zstd)";
      case 95 -> " (xz)";
      case 98 -> " (PPMd)";
      case 99 -> " (AES)";
      default -> "";
    };
  }

  private UnreadableText damaged(String why) {
    return damaged(path, why);
  }

  static UnreadableText damaged(Path path, String why) {
    return new UnreadableText(
        SkipReason.DAMAGED,
        String.format(Locale.ROOT, "%s is a damaged zip archive: %s; get it again.", path, why));
  }

  /** A stream over part of a file. */
  private static final class ChannelSlice extends InputStream {
    private final FileChannel channel;
    private long at;
    private long left;

    ChannelSlice(FileChannel channel, long begin, long length) {
      this.channel = channel;
      this.at = begin;
      this.left = length;
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
      if (left == 0) {
        return -1;
      }
      ByteBuffer part = ByteBuffer.wrap(target, from, (int) Math.min(count, left));
      int read = channel.read(part, at);
      if (read < 0) {
        throw new EOFException("it became shorter while it was read");
      }
      at += read;
      left -= read;
      return read;
    }
  }
}
