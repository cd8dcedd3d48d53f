package org.lm4j.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lm4j.Need;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenFileWriter;

/** The helpers that the tests of this package share. */
public final class TextFixtures {
  public static final CorpusBuilder.Progress QUIET = (bytes, total) -> {};

  private TextFixtures() {}

  public static Sources files(Path... paths) {
    return Sources.of(
        Arrays.stream(paths).map(Path::toString).toList(), InputStream.nullInputStream());
  }

  /** Bytes as if from the standard input. */
  public static Sources bytes(byte[] text) {
    return Sources.of(List.of("-"), new ByteArrayInputStream(text));
  }

  public static Sources text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Path write(Path file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  public static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int[] ids(Path file) {
    try (TokenFile tokens = TokenFile.open(file)) {
      int[] ids = new int[Math.toIntExact(tokens.size())];
      tokens.copy(0, ids.length, ids, 0);
      return ids;
    }
  }

  /** A token file of any ids. */
  public static Path tokens(Path file, int vocabularySize, int... ids) {
    TextCounts all = new TextCounts(ids.length, ids.length, ids.length, 0);
    try (TokenFileWriter writer = new TokenFileWriter(file, vocabularySize, -1)) {
      for (int id : ids) {
        writer.add(id);
      }
      writer.finish(new CorpusStats(all, all, vocabularySize));
    }
    return file;
  }

  /** The names in a folder. */
  public static List<String> names(Path folder) {
    try (var list = Files.list(folder)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the shared corpora; the test is skipped where there are none. */
  public static Path data(String name) {
    String folder =
        Optional.ofNullable(System.getProperty("lm4j.data"))
            .or(() -> Optional.ofNullable(System.getenv("LM4J_DATA")))
            .orElse("../shared/data");
    Path file = Path.of(folder, name);
    Need.DATA.check(Files.exists(file), "needs the corpus " + file);
    return file;
  }
}
