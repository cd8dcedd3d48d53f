package org.lm4j.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.lm4j.InputException;
import org.lm4j.text.source.CountingStream;
import org.lm4j.text.source.FileFormat;
import org.lm4j.text.source.SkipReason;
import org.lm4j.text.source.SkippedFiles;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;
import org.lm4j.text.source.UnreadableText;
import org.lm4j.text.source.ZipArchive;
import org.lm4j.text.source.ZipItem;

/** Reads all texts once, at one level. */
final class Pass {
  private static final int LONGEST_LINK = 4096;

  private final Level level;
  private final Sources.Reader reader;
  private final LongConsumer progress;
  private final SkippedFiles skipped;

  Pass(Level level, Sources.Reader reader, LongConsumer progress, SkippedFiles skipped) {
    this.level = level;
    this.reader = reader;
    this.progress = progress;
    this.skipped = skipped;
  }

  void readStandardInput(InputStream in) {
    TextStream raw = new TextStream(new CountingStream(in, progress), "the standard input", false);
    try {
      boolean any = level == Level.BYTE;
      TextStream text = any ? TextSource.anyBytes(raw) : TextSource.unpack(raw, demand());
      reader.read(new Document(text));
    } catch (IOException e) {
      throw TextSource.unreadable(raw.name(), e);
    }
  }

  /** Reads a file that must be text, or an archive that must contain some. */
  void readNamed(Path path) {
    try (TextStream raw = TextSource.openRaw(path, progress)) {
      if (TextSource.isZip(raw, path)) {
        TextSource.requirePackedName(path.toString(), FileFormat.ZIP, demand());
        SkippedFiles others = new SkippedFiles();
        if (readArchive(path, others) == 0) {
          throw new InputException(
              others.total() == 0
                  ? path + " has no files; name another archive."
                  : "%s has no text files; skipped: %s; name another archive."
                      .formatted(path, others.summary()));
        }
        return;
      }
      try (Document text = new Document(TextSource.unpack(raw, demand()))) {
        reader.read(text);
      }
    } catch (IOException e) {
      throw TextSource.unreadable(path.toString(), e);
    }
  }

  /**
   * Reads a file found in a folder, if it is text. Returns whether it was text, or contained some.
   */
  boolean readFound(Path path) {
    long size = sizeOf(path);
    try {
      if (isZip(path)) {
        TextSource.requirePackedName(path.toString(), FileFormat.ZIP, demand());
        return readArchive(path, new SkippedFiles()) > 0;
      }
      try (Document document = Document.open(path, level, bytes -> {})) {
        document.check(level);
      }
    } catch (UnreadableText e) {
      skipped.add(e.reason(), path.toString());
      progress.accept(size);
      return false;
    } catch (IOException e) {
      skipped.add(TextSource.unreadable(path.toString(), e).reason(), path.toString());
      progress.accept(size);
      return false;
    }
    try (Document document = Document.open(path, level, progress)) {
      reader.read(document);
    } catch (IOException e) {
      throw TextSource.unreadable(path.toString(), e);
    }
    return true;
  }

  private static boolean isZip(Path path) throws IOException {
    try (TextStream raw = TextSource.openRaw(path, bytes -> {})) {
      return TextSource.isZip(raw, path);
    }
  }

  /**
   * Reads the texts of a zip archive after checking that all are undamaged.
   *
   * @param others receives the files that are not text
   * @return the number of texts
   * @throws UnreadableText if it is damaged; nothing of it has then been read
   */
  private int readArchive(Path path, SkippedFiles others) throws IOException {
    try (ZipArchive archive = ZipArchive.open(path)) {
      List<ZipItem> texts = new ArrayList<>();
      for (ZipItem entry : archive.files()) {
        if (entry.isHidden()) {
          others.add(SkipReason.HIDDEN, archive.nameOf(entry));
        } else if (isText(archive, entry, others)) {
          texts.add(entry);
        }
      }
      skipped.addAll(others);
      for (ZipItem entry : texts) {
        try (Document document = open(archive, entry)) {
          reader.read(document);
        } catch (UnreadableText e) { // it was text a moment ago, and may have been read in part
          throw new InputException(String.valueOf(e.getMessage()), e);
        }
      }
      progress.accept(sizeOf(path));
      return texts.size();
    }
  }

  private boolean isText(ZipArchive archive, ZipItem entry, SkippedFiles others)
      throws IOException {
    String name = archive.nameOf(entry);
    if (isLink(archive, entry)) {
      others.add(SkipReason.LINK_IN_ARCHIVE, name);
      return false;
    }
    try (InputStream whole = archive.open(entry)) {
      whole.transferTo(OutputStream.nullOutputStream());
    }
    try (Document document = open(archive, entry)) {
      document.check(level);
      return true;
    } catch (UnreadableText e) {
      others.add(e.reason(), name);
      return false;
    }
  }

  /** Returns whether an entry is a symbolic link: marked as one, and a single line long. */
  private static boolean isLink(ZipArchive archive, ZipItem entry) throws IOException {
    if (!entry.isLink() || entry.size() > LONGEST_LINK) {
      return false;
    }
    try (InputStream content = archive.open(entry)) {
      return !new String(content.readAllBytes(), StandardCharsets.ISO_8859_1).contains("\n");
    }
  }

  private Document open(ZipArchive archive, ZipItem entry) throws IOException {
    TextStream raw = new TextStream(archive.open(entry), archive.nameOf(entry), true);
    return new Document(TextSource.unpack(raw, demand()));
  }

  private TextSource.Demand demand() {
    return Document.demand(level);
  }

  private static long sizeOf(Path path) {
    try {
      return Files.size(path);
    } catch (IOException e) {
      throw TextSource.unreadable(path.toString(), e);
    }
  }
}
