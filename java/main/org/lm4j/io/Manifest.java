package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * The list of a folder's files with the length and checksum of each. Its own lines have a checksum
 * too, so that damage to the list is not mistaken for damage to the files.
 *
 * @param sums checksums by file name, in alphabetical order
 */
record Manifest(Map<String, FileSum> sums) {
  /** The name of the manifest file. */
  static final String FILE = "manifest.json";

  /**
   * The manifest of a folder without one, as older versions wrote them: no file has a known
   * checksum.
   */
  static final Manifest NONE = new Manifest(Map.of());

  private static final String FORMAT = "lm4j-manifest-1";

  Manifest {
    sums = new TreeMap<>(sums);
  }

  /**
   * The content of the file.
   *
   * @param files lines of checksum (CRC-32C), length and name
   * @param checksum CRC-32C and length of those lines, each ended by a line feed
   */
  private record Lines(String format, List<String> files, String checksum) {}

  /** Returns the checksum of a file, or null if it is not known. */
  @Nullable FileSum sum(String name) {
    return sums.get(name);
  }

  /** Writes the manifest into a folder. */
  void write(Path folder) {
    List<String> lines = new ArrayList<>();
    sums.forEach((name, sum) -> lines.add(sum + " " + name));
    Json.write(folder.resolve(FILE), new Lines(FORMAT, lines, checksum(lines)));
  }

  /**
   * Parses a manifest.
   *
   * @param known the names it may contain
   * @throws InputException if it is damaged, of another version, or contains other names
   */
  static Manifest parse(byte[] bytes, Path file, Collection<String> known) {
    Lines lines = Json.parse(bytes, file.toString(), Lines.class);
    if (!lines.format.equals(FORMAT)) {
      throw new InputException(
          "%s has format '%s'; this version of lm4j reads '%s'"
              .formatted(file, lines.format, FORMAT));
    }
    if (!lines.checksum.equals(checksum(lines.files))) {
      throw new InputException(
          file
              + " is damaged: its lines do not have the checksum at its end; restore it from a"
              + " copy, or delete it to do without checksums");
    }
    Map<String, FileSum> sums = new TreeMap<>();
    for (String line : lines.files) {
      int end = line.lastIndexOf(' ');
      FileSum sum = end < 0 ? null : FileSum.parse(line.substring(0, end));
      String name = line.substring(end + 1);
      if (sum == null || !known.contains(name) || sums.put(name, sum) != null) {
        throw new InputException(
            "%s has the line %s, which this version of lm4j cannot read"
                .formatted(file, SafetensorsHeader.quote(line)));
      }
    }
    return new Manifest(sums);
  }

  private static String checksum(List<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    return FileSum.of(text.toString().getBytes(UTF_8)).toString();
  }
}
