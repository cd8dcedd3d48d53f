package org.lm4j.task.net;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.StoredFile;
import org.lm4j.text.source.TextSource;

/**
 * Reads CIFAR-10's binary version (Krizhevsky, "Learning Multiple Layers of Features from Tiny
 * Images", 2009): records of 3073 bytes, a label from 0 to 9 and 32 × 32 pixels in red, then green,
 * then blue.
 */
public final class CifarFiles {
  private static final ImageFormat FORM = new ImageFormat(3, 32, 32);
  private static final int RECORD = 1 + FORM.size();
  private static final int RECORD_OF_100 = 2 + FORM.size();
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private CifarFiles() {}

  /**
   * Reads several files as one data set, such as {@code data_batch_1.bin} to {@code
   * data_batch_5.bin}.
   *
   * @throws InputException if a file cannot be read, is not a sequence of whole records, or has a
   *     label out of range (the message gives the record); or there are too many pictures for one
   *     array
   */
  public static LabelledImages read(List<Path> files) {
    long records = 0;
    for (Path file : files) {
      records += records(file);
    }
    if (records * FORM.size() > Integer.MAX_VALUE - 8) {
      throw new InputException(
          files.getFirst() + " and the files after it hold " + records + " pictures, too many");
    }
    byte[] pixels = new byte[(int) records * FORM.size()];
    byte[] labels = new byte[(int) records];
    int done = 0;
    for (Path file : files) {
      done += read(file, pixels, labels, done);
    }
    return new LabelledImages(files.getFirst().toString(), FORM, CLASSES, pixels, labels);
  }

  private static long records(Path file) {
    StoredFile.require(file);
    try {
      long bytes = Files.size(file);
      if (bytes == 0 || bytes % RECORD != 0) {
        refuseOtherForms(file, bytes);
        throw new InputException(
            file
                + " is not a CIFAR-10 binary file: "
                + bytes
                + " bytes are not a whole number of records of "
                + RECORD);
      }
      return bytes / RECORD;
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Returns whether a file has the size of whole records. */
  static boolean mayBe(long bytes) {
    return bytes > 0 && bytes % RECORD == 0;
  }

  private static void refuseOtherForms(Path file, long bytes) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(4);
    }
    if (IdxFiles.mayBe(start)) {
      throw InputException.naming(
          file + " is an IDX file, as MNIST's; give pictures as {images} and labels as {labels}");
    }
    if (start.length > 1 && start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5) {
      throw new InputException(
          file + " is a pickle of Python; take the binary version of CIFAR-10, data_batch_1.bin");
    }
    TextSource.refuseIfKnown(file);
    if (bytes > 0 && bytes % RECORD_OF_100 == 0) {
      throw new InputException(
          file + " has the size of one of CIFAR-100, with two labels a picture; CIFAR-10 is read");
    }
  }

  private static int read(Path file, byte[] pixels, byte[] labels, int done) {
    long records = records(file);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int i = 0; i < records; i++) {
        int at = Math.min(done + i, labels.length - 1);
        int label = in.read();
        int got = in.readNBytes(pixels, at * FORM.size(), FORM.size());
        if (got < FORM.size() || done + i >= labels.length) {
          throw new InputException(file + " changed its length while being read");
        }
        if (label >= CLASSES.size()) {
          throw new InputException(
              file
                  + ", record "
                  + i
                  + ": label "
                  + label
                  + ", but labels are from 0 to "
                  + (CLASSES.size() - 1));
        }
        labels[at] = (byte) label;
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
    return (int) records;
  }
}
