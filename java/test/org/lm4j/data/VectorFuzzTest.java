package org.lm4j.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.task.net.CifarFiles;
import org.lm4j.task.net.IdxFiles;
import org.lm4j.task.net.LabelledImages;

/**
 * Files of word vectors and of pictures: any bytes give a value or one sentence. An ordinary test
 * run tries the seeds in {@code VectorFuzzTestInputs}; {@code scripts/fuzz} searches for more.
 */
class VectorFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void text(byte[] bytes) throws IOException {
    vectors(write(bytes));
  }

  @FuzzTest(maxDuration = "60s")
  void binary(byte[] bytes) throws IOException {
    byte[] header = "2 2\n".getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[header.length + bytes.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(bytes, 0, all, header.length, bytes.length);
    vectors(write(all));
  }

  /** Tests that vectors that were read can be written and read again unchanged. */
  private static void vectors(Path file) throws IOException {
    VectorTable table;
    try {
      table = VectorFiles.read(file);
      VectorFiles.read(file, 1);
    } catch (InputException expected) {
      requireSentence(expected, file);
      return;
    }
    VectorTable written = VectorFiles.writable(table).table();
    if (written.words().isEmpty()) {
      return;
    }
    for (VectorFiles.Format format : VectorFiles.Format.values()) {
      Path copy = file.resolveSibling("fuzz-vectors-" + format);
      VectorFiles.write(written, format, copy);
      if (format == VectorFiles.Format.BINARY && looksLikeText(Files.readAllBytes(copy))) {
        continue; // numbers of printable bytes, which no training makes
      }
      VectorTable again = VectorFiles.read(copy);
      for (int row = 0; row < written.words().size(); row++) {
        for (int i = 0; i < written.dimension(); i++) {
          if (!again.words().get(row).equals(written.words().get(row))
              || again.get(row, i) != written.get(row, i)) {
            throw new AssertionError(format + ", row " + row + " came back as another");
          }
        }
      }
    }
  }

  /** Whether the line after the header has no control character behind its word. */
  private static boolean looksLikeText(byte[] bytes) {
    int lines = 0;
    boolean numbers = false;
    for (byte octet : bytes) {
      lines += octet == '\n' ? 1 : 0;
      numbers |= lines == 1 && octet == ' ';
      if (lines == 1 && numbers && octet >= 0 && octet < '\t') {
        return false;
      }
    }
    return true;
  }

  @FuzzTest(maxDuration = "60s")
  void idx(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      LabelledImages read = IdxFiles.read(file, file);
      read.pixel(read.count() - 1, 0);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void cifar(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      LabelledImages read = CifarFiles.read(List.of(file));
      read.pixel(read.count() - 1, 0);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void features(byte[] bytes) throws IOException {
    Path file = Files.write(write(bytes).resolveSibling("fuzz-features.npz"), bytes);
    try (Features read = FeatureFiles.read(file, null)) {
      read.names();
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  private static void requireSentence(InputException e, Path file) {
    String message = String.valueOf(e.getMessage());
    if (!message.contains(file.toString())) {
      throw new AssertionError("names no file: " + message, e);
    }
  }

  /**
   * Writes an input to one file for all runs, since the fuzzer makes thousands of inputs a second.
   */
  private static Path write(byte[] bytes) throws IOException {
    Path file = Files.createDirectories(Path.of("target")).resolve("fuzz-vectors-input");
    return Files.write(file, bytes);
  }
}
