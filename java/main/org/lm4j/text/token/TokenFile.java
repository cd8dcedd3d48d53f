package org.lm4j.text.token;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import org.lm4j.InputException;

/**
 * A read-only, memory-mapped file of token ids. Indices are longs, so there is no limit at 2^31
 * tokens. May be read by several threads.
 *
 * <p>After the {@linkplain TokenHeader header} each token takes 1, 2 or 4 bytes, little-endian. The
 * code V, one past the last id, stands for text that was not in the vocabulary: it reads as the id
 * of {@code <unk>}, and {@link #isOov} distinguishes it.
 */
public final class TokenFile implements TokenSequence, AutoCloseable {
  private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Path path;
  private final TokenHeader header;
  private final Arena arena;
  private final MemorySegment codes;

  private TokenFile(Path path, TokenHeader header, Arena arena, MemorySegment codes) {
    this.path = path;
    this.header = header;
    this.arena = arena;
    this.codes = codes;
  }

  /**
   * Opens a file.
   *
   * @throws InputException when it is missing, unreadable, not a token file, of another version, or
   *     its length differs from its header
   */
  public static TokenFile open(Path path) {
    try {
      return of(path, FileChannel.open(path, StandardOpenOption.READ));
    } catch (NoSuchFileException e) {
      throw InputException.naming(
          path
              + " does not exist; train on the text anew, from these weights with {initFrom} if you like.",
          e);
    } catch (IOException e) {
      throw new InputException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  /** Maps an open file and closes the channel; the mapping stays. */
  static TokenFile of(Path path, FileChannel open) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = open) {
      TokenHeader header = TokenHeader.read(path, channel);
      MemorySegment codes =
          channel.map(
              FileChannel.MapMode.READ_ONLY,
              TokenHeader.BYTES,
              header.tokens() * header.width(),
              arena);
      return new TokenFile(path, header, arena, codes);
    } catch (IOException e) {
      arena.close();
      throw new InputException("Cannot read " + path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Returns the path of the file. */
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    return header.tokens();
  }

  /** Returns V, the size of the vocabulary the file was written with. */
  public int vocabularySize() {
    return header.vocabularySize();
  }

  @Override
  public CorpusStats stats() {
    return header.stats();
  }

  /** Returns the SHA-256 of the tokens as stored, in hex. */
  public String hash() {
    return HexFormat.of().formatHex(header.sha256());
  }

  /**
   * Returns the id at an index in 0..N-1.
   *
   * @throws UncheckedIOException if the file was cut short since it was opened, or its disk fails
   */
  public int get(long index) {
    int code = checkedCode(index);
    return code == header.vocabularySize() ? header.unknown() : code;
  }

  /**
   * Returns whether the token's text was not in the vocabulary (a literal {@code <unk>} in the text
   * is in it).
   */
  @Override
  public boolean isOov(long index) {
    return checkedCode(index) == header.vocabularySize();
  }

  /** Counts the occurrences of each id, those of text outside the vocabulary as {@code <unk>}. */
  public long[] counts() {
    long[] counts = new long[header.vocabularySize()];
    int[] some = new int[8192];
    for (long from = 0; from < size(); from += some.length) {
      int count = (int) Math.min(some.length, size() - from);
      copy(from, count, some, 0);
      for (int i = 0; i < count; i++) {
        counts[some[i]]++;
      }
    }
    return counts;
  }

  /**
   * Copies the ids from..from+count-1 to target[at..at+count-1].
   *
   * @throws UncheckedIOException if the file was cut short since it was opened, or its disk fails
   */
  @Override
  public void copy(long from, int count, int[] target, int at) {
    Objects.checkFromIndexSize(from, count, header.tokens());
    Objects.checkFromIndexSize(at, count, target.length);
    int outside = header.vocabularySize();
    try {
      for (int i = 0; i < count; i++) {
        int code = code(from + i);
        target[at + i] = code == outside ? header.unknown() : code;
      }
    } catch (InternalError e) {
      throw lost(e);
    }
  }

  /**
   * Reads the whole file and compares it with its hash.
   *
   * @throws InputException when they differ
   */
  public void verify() {
    Sha256 digest = new Sha256();
    long size = codes.byteSize();
    try {
      for (long at = 0; at < size; at += 1 << 20) {
        digest.add(codes.asSlice(at, Math.min(1 << 20, size - at)).asByteBuffer());
      }
    } catch (InternalError e) {
      throw lost(e);
    }
    if (!MessageDigest.isEqual(digest.bytes(), header.sha256())) {
      throw damaged("its tokens do not have the hash in its header");
    }
  }

  /** Unmaps the file; nothing may be read afterwards. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private int checkedCode(long index) {
    try {
      return code(Objects.checkIndex(index, header.tokens()));
    } catch (InternalError e) {
      throw lost(e);
    }
  }

  /** Converts the virtual machine's error for mapped memory whose file has been cut short. */
  private UncheckedIOException lost(InternalError e) {
    String message =
        "cannot read "
            + path
            + ": it was cut short while it was open, or its disk failed; restore it from a copy";
    return new UncheckedIOException(message, new IOException(message, e));
  }

  private int code(long index) {
    int code =
        switch (header.width()) {
          case 1 -> codes.get(JAVA_BYTE, index) & 0xFF;
          case 2 -> codes.get(SHORT, index * 2) & 0xFFFF;
          default -> codes.get(INT, index * 4);
        };
    if (code < 0 || code > header.largestCode()) {
      throw damaged("token " + index + " has the id " + code + ", outside the vocabulary");
    }
    return code;
  }

  private InputException damaged(String why) {
    return InputException.naming(
        path
            + " is damaged: "
            + why
            + "; train on the text anew, from these weights with {initFrom} if you like.");
  }
}
