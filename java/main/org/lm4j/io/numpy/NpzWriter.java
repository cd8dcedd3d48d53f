package org.lm4j.io.numpy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.lm4j.io.AtomicFile;
import org.lm4j.tensor.Tensor;

/**
 * Writes NumPy {@code .npz} archives. Arrays are stored, not deflated, and dated 1980: the bytes
 * depend only on the arguments.
 */
public final class NpzWriter {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  private NpzWriter() {}

  /**
   * Writes arrays to a file, which is replaced atomically: first the tensors, then the texts, each
   * in the order of its map.
   *
   * @param tensors tensors by name, all on the host
   * @param texts lists of strings by name; none of the strings may end with NUL
   * @throws IllegalArgumentException if a name occurs in both maps
   * @throws IllegalStateException if a tensor is closed or lies on a device
   * @throws java.io.UncheckedIOException if it cannot be written; an old one is then unchanged
   */
  public static void write(
      Path file, Map<String, Tensor> tensors, Map<String, List<String>> texts) {
    for (String name : texts.keySet()) {
      if (tensors.containsKey(name)) {
        throw new IllegalArgumentException("two arrays named " + name);
      }
    }
    AtomicFile.writeStream(
        file,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            store(zip, entry.getKey(), array -> NpyFile.write(array, entry.getValue()));
          }
          for (Map.Entry<String, List<String>> entry : texts.entrySet()) {
            store(zip, entry.getKey(), array -> NpyFile.write(array, entry.getValue()));
          }
          zip.finish();
        });
  }

  /**
   * Stores an array in two passes, since a stored entry has its length and CRC before its bytes.
   */
  private static void store(ZipOutputStream zip, String name, AtomicFile.StreamBody array)
      throws IOException {
    Counter counter = new Counter();
    CRC32 crc = new CRC32();
    array.writeTo(new CheckedOutputStream(counter, crc));
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(counter.count);
    entry.setCompressedSize(counter.count);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(EPOCH);
    zip.putNextEntry(entry);
    array.writeTo(zip);
    zip.closeEntry();
  }

  private static final class Counter extends OutputStream {
    private long count;

    @Override
    public void write(int b) {
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      count += length;
    }
  }
}
