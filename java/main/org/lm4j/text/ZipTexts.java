package org.lm4j.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The texts in a zip archive. */
final class ZipTexts {
  private ZipTexts() {}

  /**
   * Hands each entry that is not hidden to a reader, in the order of the names.
   *
   * @param reader says whether it was a text
   * @param progress takes the packed size of each entry once it is read
   * @return how many were texts
   */
  static int read(Path path, Predicate<Document> reader, LongConsumer progress) {
    int texts = 0;
    try (ZipFile zip = new ZipFile(path.toFile())) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(entry -> !entry.isDirectory() && !isHidden(entry.getName()))
              .sorted(Comparator.comparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        String name = path + "!" + entry.getName();
        try (Document document = new Document(name, zip.getInputStream(entry), read -> {})) {
          texts += reader.test(document) ? 1 : 0;
        }
        progress.accept(entry.getCompressedSize());
      }
    } catch (IOException e) {
      throw Document.unreadable(path.toString(), e);
    }
    return texts;
  }

  /** Anything below a dot, and the resource forks that macOS adds. */
  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.contains("/.") || name.startsWith("__MACOSX/");
  }
}
