package org.lm4j.text.token;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of data that arrive piece by piece, by which a run recognises its data. */
public final class Sha256 {
  private final MessageDigest digest;

  /** Creates the hash of no data yet. */
  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Adds a text, as UTF-8. */
  public Sha256 add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds numbers, four bytes each, big-endian. */
  public Sha256 add(int... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, numbers.length));
    bytes.asIntBuffer().put(numbers);
    digest.update(bytes.array());
    return this;
  }

  /** Adds bytes. */
  public Sha256 add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  /** Adds the bytes that remain in a buffer. */
  public Sha256 add(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  /** Returns the 32 bytes of the hash and resets the object. */
  public byte[] bytes() {
    return digest.digest();
  }

  /** Returns the hash as 64 hexadecimal digits; the object then begins anew. */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}
