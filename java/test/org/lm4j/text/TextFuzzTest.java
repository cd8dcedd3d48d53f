package org.lm4j.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.text.source.FileFormat;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * Any bytes give tokens that decode back to the text, or an {@link InputException} in one sentence,
 * and leave no temporary file. An ordinary test run tries the seeds in {@code TextFuzzTestInputs};
 * {@code scripts/fuzz} searches for more.
 */
class TextFuzzTest {
  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final Pattern SPACE =
      Pattern.compile("[\\p{Z}\\u0009-\\u000D\\u001C-\\u001F\\u0085]+");
  private static final Path FOLDER = folder();
  private static final Path PACKED = folder();

  @FuzzTest(maxDuration = "60s")
  void text(byte[] bytes) {
    for (Level level : Level.values()) {
      try {
        CorpusSpec spec = CorpusSpec.of(level);
        Sources sources = TextFixtures.bytes(bytes);
        Corpus corpus = CorpusBuilder.build(spec, sources, null, FOLDER, TextFixtures.QUIET);
        require(corpus.trainStats().text().oov() == 0, "nothing is out of the text's vocabulary");
        byte[] decoded = Detokenizer.bytes(corpus.vocabulary(), TextFixtures.ids(corpus.train()));
        boolean packed = level != Level.BYTE && isGzip(bytes); // of itself it is no text
        require(
            packed || Arrays.equals(decoded, expected(level, bytes)), "decodes back at " + level);
      } catch (InputException expected) {
        String message = String.valueOf(expected.getMessage());
        require(message.lines().count() == 1, "one sentence: " + message);
        require(refusable(level, bytes), "no reason to refuse: " + message);
      }
    }
    for (String name : TextFixtures.names(FOLDER)) {
      require(name.equals("train.tokens"), "left behind: " + name);
    }
  }

  /** A file of any bytes, by each name that promises something. */
  @FuzzTest(maxDuration = "60s")
  void gzip(byte[] bytes) {
    archive("fuzz.gz", bytes);
  }

  /** The same. */
  @FuzzTest(maxDuration = "60s")
  void zip(byte[] bytes) {
    archive("fuzz.zip", bytes);
  }

  private static void archive(String name, byte[] bytes) {
    Path file = TextFixtures.write(PACKED.resolve(name), bytes);
    for (Level level : Level.values()) {
      try {
        Sources sources = TextFixtures.files(file);
        long[] read = new long[1];
        sources.read(level, document -> read[0] += drain(document), n -> {});
        require(read[0] >= 0, "nothing is read twice");
      } catch (InputException expected) {
        requireSentence(expected, name);
      }
    }
    try (TextStream only = TextSource.open(file)) {
      only.requireWhole();
    } catch (InputException expected) {
      requireSentence(expected, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long drain(Document document) throws IOException {
    return document.in().transferTo(OutputStream.nullOutputStream());
  }

  private static void requireSentence(InputException e, String name) {
    String message = String.valueOf(e.getMessage());
    require(message.contains(name), "names the file: " + message);
    require(message.lines().count() == 1, "one sentence: " + message);
  }

  /** Returns the text that tokens represent, by the JDK's own decoder and patterns. */
  private static byte[] expected(Level level, byte[] bytes) {
    if (level == Level.BYTE) {
      return bytes;
    }
    int start = startsWithMark(bytes) ? MARK.length : 0;
    String text = new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
    return (level == Level.WORD ? lines(text) : text).getBytes(StandardCharsets.UTF_8);
  }

  /** Words joined by single spaces; a word that is written as the line end is one. */
  private static String lines(String text) {
    StringBuilder out = new StringBuilder();
    String ended = text.replace("\r\n", "\n").replace('\r', '\n');
    String whole = ended.isEmpty() || ended.endsWith("\n") ? ended : ended + "\n";
    for (int at = 0; at < whole.length(); ) {
      int end = whole.indexOf('\n', at);
      boolean begun = false;
      for (String word : SPACE.splitAsStream(whole.substring(at, end)).toList()) {
        boolean lineEnd = word.equals("<eos>");
        if (!word.isEmpty()) {
          out.append(lineEnd ? "\n" : begun ? " " + word : word);
          begun = !lineEnd;
        }
      }
      out.append('\n');
      at = end + 1;
    }
    return out.toString();
  }

  private static boolean refusable(Level level, byte[] bytes) {
    boolean empty = bytes.length == 0 || Arrays.equals(bytes, MARK);
    if (empty || level == Level.BYTE) {
      return empty;
    }
    if (FileFormat.of(Arrays.copyOf(bytes, Math.min(FileFormat.LOOKED_AT, bytes.length))).kind()
        != FileFormat.Kind.PLAIN) {
      return true;
    }
    for (byte octet : bytes) {
      if (octet == 0) {
        return true;
      }
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    return !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
  }

  private static boolean isGzip(byte[] bytes) {
    return bytes.length > 1 && bytes[0] == 0x1F && bytes[1] == (byte) 0x8B;
  }

  private static boolean startsWithMark(byte[] bytes) {
    return bytes.length >= 3 && Arrays.equals(bytes, 0, 3, MARK, 0, 3);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("lm4j-text-fuzz");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
