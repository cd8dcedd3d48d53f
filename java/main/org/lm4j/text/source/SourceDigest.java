package org.lm4j.text.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes the {@link SourcePrint} of one text from its files, or while a stream is read. */
public final class SourceDigest {
  private static final int CHUNK = 1 << 16;

  private final MessageDigest digest;
  private long files;
  private long bytes;
  private boolean whole = true;

  /** Creates the digest of nothing yet. */
  public SourceDigest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Returns a stream whose bytes are added as they are read. */
  public InputStream reading(InputStream in) {
    files++;
    return new CountingStream(new DigestInputStream(in, digest), count -> bytes += count);
  }

  /**
   * Adds the bytes of a file, which is read; of anything else, such as a pipe, they stay unknown.
   *
   * @throws UnreadableText if it cannot be read
   */
  public void add(Path file) {
    files++;
    if (!Files.isRegularFile(file)) {
      whole = false;
      return;
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] some = new byte[CHUNK];
      for (int count = in.read(some); count >= 0; count = in.read(some)) {
        digest.update(some, 0, count);
        bytes += count;
      }
    } catch (IOException e) {
      throw TextSource.unreadable(file.toString(), e);
    }
  }

  /**
   * Returns the result; nothing may be added afterwards.
   *
   * @param named the path the text was named by, of which the file name is kept
   */
  public SourcePrint print(Path named) {
    Path name = named.toAbsolutePath().normalize().getFileName();
    return print(name == null ? "/" : name.toString());
  }

  /** Returns the result under a name; nothing may be added afterwards. */
  public SourcePrint print(String name) {
    return new SourcePrint(
        name,
        files,
        whole ? Long.valueOf(bytes) : null,
        whole ? HexFormat.of().formatHex(digest.digest()) : null);
  }
}
