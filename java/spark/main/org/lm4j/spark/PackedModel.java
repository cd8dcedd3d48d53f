package org.lm4j.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.apache.spark.SparkFiles;
import org.lm4j.InputException;
import org.lm4j.io.FileGroup;
import org.lm4j.model.ModelFiles;

/** The files of a model as Spark sends them. */
final class PackedModel implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private static final int PART = 1 << 26; // bytes

  /** Where this process has written models, by their names. */
  private static final Map<String, Path> WRITTEN = new ConcurrentHashMap<>();

  private final String name; // from the checksum
  private final Part[] parts;

  /** Some bytes of a file, in the order of the file. */
  private static final class Part implements Serializable {
    @Serial private static final long serialVersionUID = 1;

    final String file;
    final byte[] bytes;

    Part(String file, byte[] bytes) {
      this.file = file;
      this.bytes = bytes;
    }
  }

  private PackedModel(String name, List<Part> parts) {
    this.name = name;
    this.parts = parts.toArray(Part[]::new);
  }

  /**
   * Reads a folder: what the model is and its weights, but nothing of its training.
   *
   * @throws InputException if a file is damaged, so that the driver says it and not each executor
   */
  static PackedModel read(Path folder) throws IOException {
    FileGroup group = ModelFiles.group(folder);
    List<String> names = new ArrayList<>(ModelFiles.description());
    names.add(ModelFiles.WEIGHTS);
    List<Part> parts = new ArrayList<>();
    CRC32C sum = new CRC32C();
    long bytes = 0;
    for (String file : names) {
      if (group.exists(file)) {
        check(group, file);
        sum.update(file.getBytes(StandardCharsets.UTF_8));
        try (InputStream in = Files.newInputStream(group.locate(file))) {
          for (byte[] part = in.readNBytes(PART); part.length > 0; part = in.readNBytes(PART)) {
            parts.add(new Part(file, part));
            sum.update(part);
            bytes += part.length;
          }
        }
      }
    }
    String hex = HexFormat.of().toHexDigits((int) sum.getValue());
    return new PackedModel("lm4j-%s-%d".formatted(hex, bytes), parts);
  }

  private static void check(FileGroup group, String file) {
    if (file.equals(ModelFiles.WEIGHTS)) {
      group.open(file).close(); // reads the list of tensors too
    } else {
      group.check(file);
    }
  }

  /** Returns a folder of this process with the files, written if it is the first call. */
  Path folder() {
    return WRITTEN.computeIfAbsent(name, _ -> write());
  }

  private Path write() {
    try {
      Path working = Path.of(SparkFiles.getRootDirectory()).toAbsolutePath().normalize();
      Path folder = Files.createTempDirectory(working, name + "-");
      folder.toFile().deleteOnExit(); // after its files
      for (Part part : parts) {
        Path file = folder.resolve(part.file);
        try (OutputStream out =
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
          out.write(part.bytes);
        }
        file.toFile().deleteOnExit();
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model that the driver sent", e);
    }
  }
}
