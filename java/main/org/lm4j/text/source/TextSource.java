package org.lm4j.text.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.zip.ZipException;

/**
 * Opens the texts that a user names: corpora, tables, lists. The format is recognised by the first
 * bytes, never by the file name: gzip and zip are unpacked and checked to their ends; known formats
 * that are not text are refused by name, with advice.
 */
public final class TextSource {
  private static final System.Logger LOG = System.getLogger(TextSource.class.getName());

  private TextSource() {}

  /** The content that is accepted. */
  public enum Demand {
    /** Text alone. */
    TEXT,
    /** Any bytes, except those of a compressed file. */
    BYTES
  }

  /**
   * Opens a file, or a zip archive of one file. Damage shows as an {@link UnreadableText} while it
   * is read, at the end at the latest. The reader checks that it is UTF-8.
   *
   * @throws UnreadableText if it cannot be read, or is known not to be text
   */
  public static TextStream open(Path file) {
    TextStream raw = openRaw(file, bytes -> {});
    try {
      if (isZip(raw, file)) {
        raw.close();
        return openOnlyEntry(file);
      }
      return unpack(raw, Demand.TEXT);
    } catch (IOException e) {
      close(raw);
      throw unreadable(file.toString(), e);
    } catch (RuntimeException e) {
      close(raw);
      throw e;
    }
  }

  /**
   * Opens a stream, such as the standard input. Closing the result closes the stream.
   *
   * @param name what messages call it
   * @throws UnreadableText if it is known not to be text
   */
  public static TextStream open(InputStream in, String name) {
    try {
      return unpack(new TextStream(in, name, false), Demand.TEXT);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /**
   * Refuses a file of a known format by name; for readers of other formats whose file it is not.
   *
   * @throws UnreadableText if it is compressed, an archive or of another known format
   */
  public static void refuseIfKnown(Path file) {
    try (TextStream raw = openRaw(file, bytes -> {})) {
      FileFormat format = FileFormat.of(raw.peek());
      if (format.kind() != FileFormat.Kind.PLAIN) {
        throw format.refusal(file.toString());
      }
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /**
   * Unpacks gzip, checked to its end, for files that are not text.
   *
   * @param name what messages call it
   */
  public static InputStream gunzip(InputStream in, String name) {
    return new GunzipStream(in, name);
  }

  /** Opens a file as it is. Waits for a pipe without a writer, and logs a message after a while. */
  public static TextStream openRaw(Path file, LongConsumer progress) {
    String name = file.toString();
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw new UnreadableText(
            SkipReason.SPECIAL, name + " is a folder, where a file is wanted; name a file.");
      }
      boolean pipe = attributes.isOther();
      InputStream in =
          pipe
              ? WaitingNote.whileOpening(
                  "waiting for something to be written to " + name + " (Ctrl-C ends)",
                  () -> Files.newInputStream(file))
              : Files.newInputStream(file);
      return new TextStream(new CountingStream(in, progress), name, false);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /** Returns whether it is a zip archive that can be read, which needs a file and not a stream. */
  public static boolean isZip(TextStream raw, Path file) throws IOException {
    return Files.isRegularFile(file) && FileFormat.of(raw.peek()).kind() == FileFormat.Kind.ZIP;
  }

  /** Unpacks gzip, and refuses what is known not to be text. */
  public static TextStream unpack(TextStream raw, Demand demand) throws IOException {
    byte[] start = raw.peek();
    FileFormat format = FileFormat.of(start);
    switch (format.kind()) {
      case GZIP -> {
        requirePackedName(raw.name(), format, demand);
        return gunzipped(raw, demand);
      }
      case ZIP ->
          throw new UnreadableText(
              SkipReason.OTHER_FORMAT,
              raw.name() + " is a zip archive, which cannot be read here; unpack it first.");
      case PACKED -> throw format.refusal(raw.name());
      case FOREIGN -> {
        if (demand == Demand.TEXT) {
          throw format.refusal(raw.name());
        }
      }
      case PLAIN -> requireHonestName(raw.name(), start);
    }
    return raw;
  }

  /**
   * Reads the bytes of the standard input as they are, and logs a message if they are compressed.
   */
  public static TextStream anyBytes(TextStream raw) throws IOException {
    FileFormat format = FileFormat.of(raw.peek());
    boolean packed =
        switch (format.kind()) {
          case GZIP, ZIP, PACKED -> true;
          case PLAIN, FOREIGN -> false;
        };
    if (packed) {
      LOG.log(
          System.Logger.Level.WARNING,
          raw.name() + " is " + format.name() + "; its bytes are taken as they are");
    }
    return raw;
  }

  /**
   * Refuses a compressed file at byte level unless its name shows that it is one, since either its
   * packed or its unpacked bytes might be meant.
   */
  public static void requirePackedName(String name, FileFormat format, Demand demand) {
    if (demand == Demand.BYTES && FileFormat.packedEnding(name) == null) {
      throw new UnreadableText(
          SkipReason.OTHER_FORMAT,
          ("%s is %s, though its name does not say so; to have it unpacked, rename it to %s%s; to take"
                  + " its packed bytes at byte level, give them on the standard input.")
              .formatted(
                  name,
                  format.name(),
                  name,
                  format.kind() == FileFormat.Kind.ZIP ? ".zip" : ".gz"));
    }
  }

  private static TextStream gunzipped(TextStream raw, Demand demand) throws IOException {
    String inside = raw.name() + ", unpacked,";
    TextStream unpacked = new TextStream(new GunzipStream(raw, raw.name()), raw.name(), true);
    FileFormat format = FileFormat.of(unpacked.peek());
    boolean wanted =
        switch (format.kind()) {
          case PLAIN -> true;
          case FOREIGN -> demand == Demand.BYTES;
          case GZIP, ZIP, PACKED -> false;
        };
    if (!wanted) {
      unpacked.requireWhole();
      throw format.refusal(inside);
    }
    return unpacked;
  }

  private static TextStream openOnlyEntry(Path file) throws IOException {
    ZipArchive archive = ZipArchive.open(file);
    try {
      List<ZipItem> files =
          archive.files().stream().filter(entry -> !entry.isHidden() && !entry.isLink()).toList();
      if (files.size() != 1) {
        throw new UnreadableText(
            SkipReason.OTHER_FORMAT,
            "%s is a zip archive of %,d files, where one is wanted; unpack it first, and name one."
                .formatted(file, files.size()));
      }
      ZipItem entry = files.getFirst();
      String name = archive.nameOf(entry);
      return unpack(
          new TextStream(new OwningStream(archive.open(entry), archive), name, true), Demand.TEXT);
    } catch (IOException | RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  /** Refuses a file whose name announces a compression that its content does not have. */
  private static void requireHonestName(String name, byte[] start) {
    String ending = FileFormat.packedEnding(name);
    if (ending == null) {
      return;
    }
    if (start.length == 0) {
      throw new UnreadableText(SkipReason.DAMAGED, name + " is empty; get it again.");
    }
    if (!Encodings.isText(start)) {
      throw new UnreadableText(
          SkipReason.DAMAGED,
          "%s is damaged: it does not begin as a file named %s does; get it again."
              .formatted(name, ending));
    }
    String text = new String(start, StandardCharsets.UTF_8).strip().toLowerCase(Locale.ROOT);
    boolean page = text.startsWith("<!doctype html") || text.startsWith("<html");
    throw new UnreadableText(
        SkipReason.OTHER_FORMAT,
        page
            ? name + " is a page of HTML, which came in place of the packed file; get it again."
            : "%s is not compressed but plain text; rename it, without %s."
                .formatted(name, ending));
  }

  /** Creates the exception for a text that cannot be read. */
  public static UnreadableText unreadable(String name, IOException e) {
    if (e instanceof EOFException || e instanceof ZipException) {
      return new UnreadableText(
          SkipReason.DAMAGED,
          "%s is damaged or cut short (%s); get it again.".formatted(name, reason(e)),
          e);
    }
    return new UnreadableText(
        SkipReason.UNREADABLE_FILE, "Cannot read " + name + ": " + reason(e) + ".", e);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "access is denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "could not close a text", e);
    }
  }
}
