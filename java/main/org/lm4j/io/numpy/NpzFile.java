package org.lm4j.io.numpy;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.SafetensorsHeader;
import org.lm4j.io.StoredFile;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.source.TextSource;

/**
 * A NumPy {@code .npz} archive, open for reading: a zip file of arrays, stored or deflated. An
 * array is read when it is requested, and checked by its CRC; the caller closes it.
 */
public final class NpzFile implements AutoCloseable {
  /**
   * The best ratio that deflate can reach (zlib's own bound); an entry that claims more is invalid.
   */
  private static final long BEST_DEFLATION = 1032;

  private static final String SUFFIX = ".npy";

  private final Path file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries;

  private NpzFile(Path file, ZipFile zip, Map<String, ZipEntry> entries) {
    this.file = file;
    this.zip = zip;
    this.entries = entries;
  }

  /**
   * Opens an archive and lists it.
   *
   * @throws InputException if there is no such file, it is not a zip file, or a name occurs twice
   */
  public static NpzFile open(Path file) {
    StoredFile.require(file);
    try {
      ZipFile zip = new ZipFile(file.toFile());
      boolean valid = false;
      try {
        NpzFile npz = new NpzFile(file, zip, list(file, zip));
        valid = true;
        return npz;
      } finally {
        if (!valid) {
          zip.close();
        }
      }
    } catch (ZipException e) {
      if (!beginsAsZip(file)) {
        TextSource.refuseIfKnown(file);
      }
      throw new InputException(file + " is not a valid npz file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static boolean beginsAsZip(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == 'P' && in.read() == 'K';
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Returns the names of the arrays, without {@code .npy}, in the order of the archive. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** Returns whether there is an array of this name. */
  public boolean contains(String name) {
    return entries.containsKey(name);
  }

  /**
   * Returns the shape of an array; reads no data.
   *
   * @throws InputException if there is no such array or its header is not valid
   */
  public Shape shape(String name) {
    return read(
        name,
        (header, in, place) ->
            Shape.of(header.shape().stream().mapToInt(Integer::intValue).toArray()),
        false);
  }

  /**
   * Reads an array of numbers into new host memory, with the types of {@link NpyFile}; the caller
   * closes {@code tensor.storage()}.
   *
   * @throws InputException if there is no such array, it is damaged, or it does not hold numbers
   */
  public Tensor tensor(String name) {
    return read(name, NpyData::numbers, true);
  }

  /**
   * Reads an array of rank 1 of strings.
   *
   * @throws InputException if there is no such array, it is damaged, or it does not hold strings
   */
  public List<String> texts(String name) {
    return read(name, NpyData::texts, true);
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }

  private interface Body<T> {
    T read(NpyHeader header, InputStream in, String place) throws IOException;
  }

  private <T> T read(String name, Body<T> body, boolean whole) {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new InputException(
          file
              + " has no array "
              + SafetensorsHeader.quote(name)
              + "; it has "
              + (entries.isEmpty() ? "none at all" : someNames()));
    }
    String place = file + ": array " + SafetensorsHeader.quote(name);
    checkSize(entry, place);
    CRC32 crc = new CRC32();
    Object read = null;
    boolean complete = false;
    try (InputStream in =
        new CheckedInputStream(new BufferedInputStream(zip.getInputStream(entry), 1 << 16), crc)) {
      T value = body.read(NpyHeader.read(in, entry.getSize(), place), in, place);
      read = value;
      if (whole && (in.read() >= 0 || crc.getValue() != entry.getCrc())) {
        throw new InputException(place + " is damaged: its checksum is not the archive's");
      }
      complete = true;
      return value;
    } catch (ZipException | EOFException e) {
      throw new InputException(place + " is damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    } finally {
      if (!complete && read instanceof Tensor tensor) {
        tensor.storage().close();
      }
    }
  }

  private static void checkSize(ZipEntry entry, String place) {
    long size = entry.getSize();
    long packed = entry.getCompressedSize();
    boolean possible =
        entry.getMethod() == ZipEntry.STORED
            ? size == packed
            : size >= 0 && size / BEST_DEFLATION <= packed;
    if (!possible) {
      throw new InputException(
          place + " is damaged: " + packed + " bytes in the archive cannot hold " + size);
    }
  }

  private static Map<String, ZipEntry> list(Path file, ZipFile zip) {
    Map<String, ZipEntry> entries = new LinkedHashMap<>();
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = entry.getName();
      if (!name.endsWith(SUFFIX)) {
        throw new InputException(
            file
                + " is not a valid npz file: "
                + SafetensorsHeader.quote(name)
                + " is not an array");
      }
      if (entries.put(name.substring(0, name.length() - SUFFIX.length()), entry) != null) {
        throw new InputException(
            file + " is not a valid npz file: " + SafetensorsHeader.quote(name) + " occurs twice");
      }
    }
    return entries;
  }

  private String someNames() {
    String some =
        String.join(
            ", ", entries.keySet().stream().limit(8).map(SafetensorsHeader::quote).toList());
    return entries.size() <= 8 ? some : some + " and " + (entries.size() - 8) + " more";
  }
}
