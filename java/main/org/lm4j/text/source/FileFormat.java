package org.lm4j.text.source;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A file format, recognised by the first bytes of a file.
 *
 * @param kind what to do with it
 * @param name the format as in "it is a PDF document"
 * @param advice what the user can do
 */
public record FileFormat(Kind kind, String name, String advice) {
  /** The number of bytes at the beginning that are examined. */
  public static final int LOOKED_AT = 8192;

  /** The treatment of a file. */
  public enum Kind {
    /** No known format; assumed to be text. */
    PLAIN,
    /** Gzip, which is unpacked. */
    GZIP,
    /** A zip archive, whose files are read. */
    ZIP,
    /** Compressed, an archive or a document of compressed parts; never read as it is. */
    PACKED,
    /** Not text, though its bytes can be taken as they are. */
    FOREIGN
  }

  static final FileFormat PLAIN = new FileFormat(Kind.PLAIN, "plain", "");
  static final FileFormat GZIP =
      new FileFormat(Kind.GZIP, "compressed with gzip", "unpack it first, with gunzip");
  public static final FileFormat ZIP =
      new FileFormat(Kind.ZIP, "a zip archive", "unpack it first, with unzip");

  private static final String CONVERT = "save it as plain text in UTF-8";

  /** A byte pattern at an offset; a {@code printable} one may also begin a text. */
  @SuppressWarnings("ArrayRecordComponent") // never compared, never handed out
  private record Magic(int at, byte[] bytes, boolean printable, FileFormat format) {
    boolean matches(byte[] start) {
      return start.length >= at + bytes.length
          && Arrays.equals(start, at, at + bytes.length, bytes, 0, bytes.length);
    }
  }

  private static final List<Magic> MAGICS =
      List.of(
          hex("1F8B", GZIP),
          hex("504B0304", ZIP),
          hex("504B0506", ZIP),
          hex("504B0708", packed("a part of a split zip archive", "join and unpack it first")),
          hex("FD377A585A00", packed("compressed with xz", unpack("xz -d"))),
          hex("28B52FFD", packed("compressed with zstd", unpack("zstd -d"))),
          hex("37A430EC", packed("a dictionary of zstd", "name the text itself")),
          hex("04224D18", packed("compressed with lz4", unpack("lz4 -d"))),
          hex("02214C18", packed("compressed with lz4", unpack("lz4 -d"))),
          hex("377ABCAF271C", packed("a 7z archive", unpack("7z x"))),
          hex("526172211A07", packed("a RAR archive", unpack("unrar x"))),
          text("LZIP", packed("compressed with lzip", unpack("lzip -d"))),
          hex("894C5A4F", packed("compressed with lzop", unpack("lzop -d"))),
          hex("1F9D", packed("compressed with compress", unpack("uncompress"))),
          hex("1FA0", packed("compressed with compress", unpack("uncompress"))),
          hex("FF060000734E61507059", packed("compressed with snappy", unpack("snzip -d"))),
          text("MSCF", packed("a cabinet archive", unpack("cabextract"))),
          hex("EDABEEDB", packed("an RPM package", unpack("rpm2cpio"))),
          strong("!<arch>\n", packed("an ar archive", unpack("ar x"))),
          strong("%PDF-", packed("a PDF document", "take its text out first, with pdftotext")),
          hex("D0CF11E0A1B11AE1", packed("an old Office document", CONVERT)),
          strong("{\\rtf", foreign("an RTF document", CONVERT)),
          text("PAR1", packed("a Parquet file", "write its text column to a plain file first")),
          text("ARROW1", packed("an Arrow file", "write its text column to a plain file first")),
          text("FEA1", packed("a Feather file", "write its text column to a plain file first")),
          hex("4F626A01", packed("an Avro file", "write its text column to a plain file first")),
          text("ORC", packed("an ORC file", "write its text column to a plain file first")),
          hex("894844460D0A1A0A", packed("an HDF5 file", "write its text to a plain file first")),
          text(
              "SQLite format 3\0",
              packed("an SQLite database", "write its text to a plain file first, with sqlite3")),
          strong(
              "version https://git-lfs.github.com/spec/",
              packed("a pointer of Git LFS, not the file itself", "get that with git lfs pull")),
          hex("894C4D344A544F4B", foreign("a token file of lm4j", "name the text itself")),
          hex("7F454C46", foreign("an executable (ELF)", "name a text")),
          hex("CAFEBABE", foreign("a Java class or another executable", "name a text")),
          hex("CFFAEDFE", foreign("an executable (Mach-O)", "name a text")),
          hex("0061736D", foreign("WebAssembly", "name a text")),
          text("MZ", foreign("an executable (Windows)", "name a text")),
          hex("89504E470D0A1A0A", foreign("a PNG picture", "name a text")),
          hex("FFD8FF", foreign("a JPEG picture", "name a text")),
          text("GIF8", foreign("a GIF picture", "name a text")),
          text("RIFF", foreign("a RIFF file (sound, film or picture)", "name a text")),
          text("OggS", foreign("an Ogg file (sound or film)", "name a text")),
          text("fLaC", foreign("a FLAC file (sound)", "name a text")),
          text("ID3", foreign("an MP3 file (sound)", "name a text")),
          hex("934E554D5059", foreign("a NumPy array (npy)", "name a text")),
          text("GGUF", foreign("a model (GGUF)", "name a text")),
          hex("8002", foreign("a pickle of Python", "write its text to a plain file first")),
          hex("8003", foreign("a pickle of Python", "write its text to a plain file first")),
          hex("8004", foreign("a pickle of Python", "write its text to a plain file first")),
          hex("8005", foreign("a pickle of Python", "write its text to a plain file first")));

  /** File name endings that announce a compression. */
  private static final List<String> PACKED_ENDINGS =
      List.of(".gz", ".tgz", ".zip", ".xz", ".txz", ".zst", ".bz2", ".tbz2", ".lz4", ".7z", ".rar");

  /** Recognises the format from the first bytes of a file: {@link #LOOKED_AT}, or all there are. */
  public static FileFormat of(byte[] start) {
    FileFormat encoded = Encodings.marked(start);
    if (encoded != null) {
      return encoded;
    }
    boolean binary = !Encodings.isText(start);
    for (Magic magic : MAGICS) {
      if (magic.matches(start) && (binary || !magic.printable)) {
        return magic.format;
      }
    }
    if (isLzma(start)) {
      return packed("compressed with lzma", unpack("xz -d"));
    }
    if (isSkippedFrame(start)) {
      return packed("compressed with zstd or lz4", unpack("zstd -d or lz4 -d"));
    }
    if (isBzip2(start)) {
      return packed("compressed with bzip2", unpack("bzip2 -d"));
    }
    if (isTar(start)) {
      return packed("a tar archive", "unpack it first, with tar xf, and name the folder");
    }
    if (isSafetensors(start)) {
      return foreign("a safetensors file", "name a text");
    }
    FileFormat unmarked = binary ? Encodings.unmarked(start) : Encodings.escaped(start);
    return unmarked == null ? PLAIN : unmarked;
  }

  /** Returns the ending of a name that announces compressed content, or null. */
  static @Nullable String packedEnding(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return PACKED_ENDINGS.stream().filter(lower::endsWith).findFirst().orElse(null);
  }

  /** Creates the exception that refuses a file of this format. */
  UnreadableText refusal(String file) {
    return new UnreadableText(
        SkipReason.OTHER_FORMAT, "%s is %s; %s.".formatted(file, name, advice));
  }

  static FileFormat packed(String name, String advice) {
    return new FileFormat(Kind.PACKED, name, advice);
  }

  static FileFormat foreign(String name, String advice) {
    return new FileFormat(Kind.FOREIGN, name, advice);
  }

  private static String unpack(String command) {
    return "unpack it first, with " + command;
  }

  private static Magic hex(String bytes, FileFormat format) {
    return new Magic(0, HexFormat.of().parseHex(bytes), false, format);
  }

  private static Magic strong(String text, FileFormat format) {
    return new Magic(0, text.getBytes(StandardCharsets.US_ASCII), false, format);
  }

  private static Magic text(String text, FileFormat format) {
    return new Magic(0, text.getBytes(StandardCharsets.US_ASCII), true, format);
  }

  /**
   * Recognises bzip2 by its signature followed by that of a block, or of the end if it is empty.
   */
  private static boolean isBzip2(byte[] start) {
    if (start.length < 10 || start[0] != 'B' || start[1] != 'Z' || start[2] != 'h') {
      return false;
    }
    String block = HexFormat.of().formatHex(start, 4, 10);
    return start[3] >= '1'
        && start[3] <= '9'
        && (block.equals("314159265359") || block.equals("177245385090"));
  }

  /** Recognises LZMA by the usual properties, a plausible dictionary size, and a length or none. */
  private static boolean isLzma(byte[] start) {
    if (start.length < 13 || start[0] != 0x5D) {
      return false;
    }
    ByteBuffer header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    int dictionary = header.getInt(1);
    int rest = dictionary & (dictionary - 1); // of 2^n or 2^n + 2^(n-1) one bit at most is left
    boolean usual =
        Integer.compareUnsigned(dictionary, 1 << 12) >= 0 && Integer.bitCount(rest) <= 1;
    long length = header.getLong(5);
    return usual && (length == -1 || (length >= 0 && length < 1L << 38));
  }

  /** Recognises a skippable frame, with which parallel zstd and lz4 compressors begin. */
  private static boolean isSkippedFrame(byte[] start) {
    return start.length >= 8
        && (start[0] & 0xF0) == 0x50
        && start[1] == 0x2A
        && start[2] == 0x4D
        && start[3] == 0x18;
  }

  /** Recognises tar by the checksum of the first header, which old archives have too. */
  private static boolean isTar(byte[] start) {
    int block = 512;
    if (start.length < block) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < block; i++) {
      sum += i >= 148 && i < 156 ? ' ' : start[i] & 0xFF;
    }
    String written = new String(start, 148, 8, StandardCharsets.ISO_8859_1);
    String octal = written.replace('\0', ' ').strip();
    return octal.matches("[0-7]{1,7}") && sum != 0 && Long.parseLong(octal, 8) == sum;
  }

  /** Recognises safetensors by a little-endian 8-byte length followed by JSON. */
  private static boolean isSafetensors(byte[] start) {
    return start.length > 10
        && start[8] == '{'
        && start[9] == '"'
        && start[5] == 0
        && start[6] == 0
        && start[7] == 0;
  }
}
