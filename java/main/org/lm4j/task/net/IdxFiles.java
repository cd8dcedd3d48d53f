package org.lm4j.task.net;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.StoredFile;
import org.lm4j.text.source.TextSource;

/**
 * Reads MNIST's IDX format: two zero bytes, a byte of type, a byte of rank, the extents as
 * big-endian 32-bit numbers, the elements row by row. Only bytes (type 8) are supported, as in
 * MNIST and similar data sets. Gzipped files are unpacked, whatever their names.
 */
public final class IdxFiles {
  private static final int UNSIGNED_BYTES = 8;
  private static final int MAX_RANK = 4;

  /** The best ratio that deflate can reach. */
  private static final long BEST_DEFLATION = 1032;

  private static final List<String> DIGITS =
      IntStream.range(0, 10).mapToObj(String::valueOf).toList();

  private IdxFiles() {}

  /**
   * Reads pictures of digits and their labels.
   *
   * @param images IDX of rank 3: (N, height, width)
   * @param labels IDX of rank 1: (N), each from 0 to 9
   * @throws InputException if a file cannot be read or has another form, or the two differ in N
   */
  public static LabelledImages read(Path images, Path labels) {
    Idx pixels = read(images);
    Idx classes = read(labels);
    if (pixels.extents.length == 1 && classes.extents.length == 3) {
      throw InputException.naming(
          "%s holds labels and %s pictures; exchange {images} and {labels}"
              .formatted(images, labels));
    }
    if (pixels.extents.length != 3) {
      throw new InputException(
          images + " holds " + pixels + ", but pictures are (N, height, width)");
    }
    if (classes.extents.length != 1) {
      throw new InputException(labels + " holds " + classes + ", but labels are (N)");
    }
    if (classes.extents[0] != pixels.extents[0]) {
      throw new InputException(
          labels
              + " holds "
              + classes.extents[0]
              + " labels, but "
              + images
              + " holds "
              + pixels.extents[0]
              + " pictures");
    }
    for (int i = 0; i < classes.data.length; i++) {
      int label = classes.data[i] & 0xff;
      if (label >= DIGITS.size()) {
        throw new InputException(
            labels + ", label " + i + ": " + label + ", but labels are from 0 to 9");
      }
    }
    ImageFormat form;
    try {
      form = new ImageFormat(1, pixels.extents[1], pixels.extents[2]);
    } catch (IllegalArgumentException e) {
      throw new InputException(images + " holds " + pixels + ": " + e.getMessage(), e);
    }
    return new LabelledImages(images.toString(), form, DIGITS, pixels.data, classes.data);
  }

  /** The content of an IDX file, such as (60000, 28, 28) bytes. */
  private static final class Idx {
    private final int[] extents;
    private final byte[] data;

    Idx(int[] extents, byte[] data) {
      this.extents = extents;
      this.data = data;
    }

    @Override
    public String toString() {
      return Arrays.toString(extents).replace('[', '(').replace(']', ')');
    }
  }

  /** Returns whether a file begins like an IDX file. */
  static boolean mayBe(byte[] start) {
    return start.length > 3
        && start[0] == 0
        && start[1] == 0
        && start[2] == UNSIGNED_BYTES
        && start[3] >= 1
        && start[3] <= MAX_RANK;
  }

  private static Idx read(Path file) {
    StoredFile.require(file);
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      raw.mark(2);
      boolean gzipped = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      long bytes = Files.size(file);
      if (!gzipped) {
        return read(file, raw, bytes, true);
      }
      try (InputStream unpacked = TextSource.gunzip(raw, file.toString())) {
        return read(file, unpacked, (bytes + 1) * BEST_DEFLATION, false);
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /**
   * Reads and checks everything.
   *
   * @param bytes the number of bytes of {@code in}, or an upper bound
   */
  private static Idx read(Path file, InputStream in, long bytes, boolean exactly)
      throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      TextSource.refuseIfKnown(file);
      if (exactly && CifarFiles.mayBe(bytes)) {
        throw InputException.naming(
            file + " is not an IDX file, but has the size of one of CIFAR-10; give it as {cifar}");
      }
      throw broken(file, "it does not begin with two zero bytes, a type and a rank");
    }
    if (magic[2] != UNSIGNED_BYTES) {
      throw broken(file, "its type is " + (magic[2] & 0xff) + ", and only bytes, type 8, are read");
    }
    int rank = magic[3] & 0xff;
    if (rank < 1 || rank > MAX_RANK) {
      throw broken(file, "its rank is " + rank + ", and pictures have 3, labels 1");
    }
    byte[] header = in.readNBytes(4 * rank);
    if (header.length < 4 * rank) {
      throw broken(file, "it ends within its header");
    }
    int[] extents = new int[rank];
    long size = 1;
    for (int i = 0; i < rank; i++) {
      long extent = ByteBuffer.wrap(header).getInt(4 * i) & 0xffff_ffffL;
      if (extent > Integer.MAX_VALUE || size > (Integer.MAX_VALUE - 8) / Math.max(1, extent)) {
        throw broken(file, "it claims more than 2 GiB");
      }
      extents[i] = (int) extent;
      size *= extent;
    }
    long left = bytes - 4 - 4L * rank;
    if (exactly ? size != left : size > left) {
      throw broken(
          file,
          "its header claims "
              + size
              + " bytes, but "
              + (exactly ? "" : "at most ")
              + left
              + " follow");
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw broken(file, "its header claims " + size + " bytes, but " + data.length + " follow");
    }
    if (in.read() >= 0) {
      throw broken(file, "more bytes follow than the " + size + " its header claims");
    }
    return new Idx(extents, data);
  }

  private static InputException broken(Path file, String what) {
    return new InputException(file + " is not a valid IDX file: " + what);
  }
}
