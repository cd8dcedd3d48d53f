package org.lm4j.io;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.numpy.NpyFile;
import org.lm4j.io.numpy.NpzFile;

/**
 * Any bytes give a value or an {@link InputException}, and nothing else. An ordinary test run tries
 * the seeds in {@code IoFuzzTestInputs}; {@code scripts/fuzz} searches for more.
 */
class IoFuzzTest {
  record Layer(int width, double rate) {}

  record Config(String name, long step, List<Layer> layers, @Nullable Boolean tied) {}

  @FuzzTest(maxDuration = "60s")
  void safetensors(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      for (String name : read.names()) {
        readTensor(read, name);
      }
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void json(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      Json.line(Json.readTree(file));
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
    try {
      Json.read(file, Config.class);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
    try {
      JsonLines.read(file);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void npy(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      NpyFile.read(file).storage().close();
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void npz(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try (NpzFile read = NpzFile.open(file)) {
      for (String name : read.names()) {
        readArray(read, name, file);
      }
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  private static void readArray(NpzFile read, String name, Path file) {
    try {
      read.texts(name);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
    try {
      read.tensor(name).storage().close();
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  private static void readTensor(SafetensorsFile read, String name) {
    try {
      read.tensor(name).toArray();
    } catch (InputException expected) {
      if (!String.valueOf(expected.getMessage()).contains("tensor ")) {
        throw new AssertionError("names no tensor: " + expected.getMessage());
      }
    }
  }

  private static void requireSentence(InputException e, Path file) {
    String message = String.valueOf(e.getMessage());
    if (!message.contains(file.toString()) || message.lines().count() != 1) {
      throw new AssertionError("not one sentence with the file's name: " + message, e);
    }
  }

  /**
   * Writes an input to one file for all runs, since the fuzzer makes thousands of inputs a second.
   */
  private static Path write(byte[] bytes) throws IOException {
    Path file = Files.createDirectories(Path.of("target")).resolve("fuzz-input");
    return Files.write(file, bytes);
  }
}
