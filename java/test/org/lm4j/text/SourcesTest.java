package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.Need;
import org.lm4j.text.source.SkipReason;
import org.lm4j.text.source.SkippedFiles;

class SourcesTest {
  @TempDir Path folder;

  @Test
  void aFolderIsReadToItsDepthInTheOrderOfPathsWithoutHiddenOrBinaryFiles() {
    TextFixtures.write(folder.resolve("b.txt"), "B");
    TextFixtures.write(folder.resolve("a/z.txt"), "Z");
    TextFixtures.write(folder.resolve("a/deep/er/y.txt"), "Y");
    TextFixtures.write(folder.resolve(".hidden"), "H");
    TextFixtures.write(folder.resolve(".git/config"), "G");
    TextFixtures.write(folder.resolve("c.bin"), new byte[] {'x', 0, 'x'});
    Sources sources = TextFixtures.files(folder);
    assertThat(read(sources)).isEqualTo("YZB");
    assertThat(sources.skipped().total()).isEqualTo(3);
  }

  @Test
  void aFolderThatIsALinkIsRead() throws IOException {
    TextFixtures.write(folder.resolve("real/a.txt"), "A");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));
    assertThat(read(TextFixtures.files(link))).isEqualTo("A");
  }

  @Test
  void argumentsAreReadInTheirOrderAndTheStandardInputAmongThem() {
    Path b = TextFixtures.write(folder.resolve("b"), "B");
    Path a = TextFixtures.write(folder.resolve("a"), "A");
    Sources sources =
        Sources.of(
            List.of(b.toString(), "-", a.toString(), b.toString()),
            new ByteArrayInputStream("in".getBytes(StandardCharsets.UTF_8)));
    assertThat(sources.totalBytes()).isEqualTo(-1);
    assertThat(read(sources)).isEqualTo("BinAB");
  }

  @Test
  void packedTextsAreUnpackedAlsoInsideFolders() throws IOException {
    TextFixtures.write(folder.resolve("in/1.txt.gz"), gzip("one"));
    TextFixtures.write(
        folder.resolve("in/2.zip"), zip("b.txt", "B", ".h", "H", "a/x.txt", "X", "n", "\0"));
    TextFixtures.write(folder.resolve("in/3.txt"), "three");
    Sources sources = TextFixtures.files(folder.resolve("in"));
    assertThat(read(sources)).isEqualTo("oneXBthree");
    assertThat(sources.skipped().count(SkipReason.HIDDEN)).isEqualTo(1);
    assertThat(sources.skipped().count(SkipReason.BINARY)).isEqualTo(1);
    assertThat(read(TextFixtures.files(folder.resolve("in/2.zip")))).isEqualTo("XB");
  }

  @Test
  void concatenatedGzipMembersAreOneText() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.writeBytes(gzip("one"));
    two.writeBytes(gzip("two"));
    Path file = TextFixtures.write(folder.resolve("x.gz"), two.toByteArray());
    assertThat(read(TextFixtures.files(file))).isEqualTo("onetwo");
  }

  @Test
  void progressEndsAtTheTotal() throws IOException {
    Path plain = TextFixtures.write(folder.resolve("a.txt"), "text".repeat(100_000));
    Path packed = TextFixtures.write(folder.resolve("b.gz"), gzip("text".repeat(100_000)));
    Sources sources = TextFixtures.files(plain, packed);
    long[] read = new long[1];
    sources.read(
        Level.CHAR,
        document -> document.in().transferTo(OutputStream.nullOutputStream()),
        n -> read[0] += n);
    assertThat(read[0]).isEqualTo(sources.totalBytes());
  }

  @Test
  void whatIsNotThereIsNamed() {
    refused("gone.txt does not exist", folder.resolve("gone.txt"));
    assertThatThrownBy(() -> Sources.of(List.of(), InputStream.nullInputStream()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("No text was given");
    assertThatThrownBy(() -> Sources.of(List.of("-", "-"), InputStream.nullInputStream()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("given twice");
    assertThatThrownBy(() -> Sources.of(List.of("a\0b"), InputStream.nullInputStream()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("not a valid path");
  }

  @Test
  void foldersAndArchivesWithoutTextAreNamed() throws IOException {
    Files.createDirectories(folder.resolve("empty"));
    refused("empty has no files", folder.resolve("empty"));
    TextFixtures.write(folder.resolve("binary/x"), new byte[] {0});
    refused("binary has no text files", folder.resolve("binary"));
    refused("x.zip has no text files", TextFixtures.write(folder.resolve("x.zip"), zip("n", "\0")));
  }

  @Test
  void damagedArchivesAreNamed() throws IOException {
    byte[] whole = gzip("some text ".repeat(10_000));
    Path cut = folder.resolve("cut.gz");
    TextFixtures.write(cut, Arrays.copyOf(whole, whole.length / 2));
    refused("cut.gz is damaged gzip: it is cut short", cut);
    refused(
        "foreign.gz is not compressed but plain text; rename it",
        TextFixtures.write(folder.resolve("foreign.gz"), "no gzip"));
    refused(
        "foreign.zip is not compressed but plain text; rename it",
        TextFixtures.write(folder.resolve("foreign.zip"), "no zip"));
  }

  private static void refused(String why, Path... paths) {
    assertThatThrownBy(() -> read(TextFixtures.files(paths)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(why);
  }

  private static String read(Sources sources) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    sources.read(Level.CHAR, document -> document.in().transferTo(all), bytes -> {});
    return all.toString(StandardCharsets.UTF_8);
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static byte[] zip(String... namesAndTexts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        out.putNextEntry(new ZipEntry(namesAndTexts[i]));
        out.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void skipsFoundFilesThatDoNotBeginAsUtf8ExceptAtByteLevel(@TempDir Path found)
      throws IOException {
    Files.writeString(found.resolve("a.txt"), "good");
    Files.write(found.resolve("b.txt"), new byte[] {'x', (byte) 0xE2, 'y'});
    List<String> read = new ArrayList<>();
    Sources sources = Sources.of(List.of(found.toString()), InputStream.nullInputStream());
    sources.read(Level.CHAR, document -> read.add(document.name()), bytes -> {});
    assertThat(read).hasSize(1);
    assertThat(sources.skipped().total()).isEqualTo(1);
    sources.read(Level.BYTE, document -> read.add(document.name()), bytes -> {});
    assertThat(read).hasSize(3);
  }

  @Test
  void filesInAFolderThatAreNotTextAreCountedAndNamed() throws IOException {
    Path found = Files.createDirectory(folder.resolve("found"));
    byte[] bad = ("x".repeat(20_000) + "\u00E9").getBytes(StandardCharsets.ISO_8859_1);
    TextFixtures.write(found.resolve("a.txt"), "good");
    TextFixtures.write(found.resolve("late.txt"), bad);
    TextFixtures.write(found.resolve("late-nul.txt"), "x".repeat(20_000) + "\0");
    TextFixtures.write(found.resolve("cut.gz"), Arrays.copyOf(gzip("text"), 12));
    TextFixtures.write(found.resolve("plain.gz"), "text");
    TextFixtures.write(found.resolve("wide.txt"), "wide".getBytes(StandardCharsets.UTF_16));
    TextFixtures.write(found.resolve("model/config.json"), "{}");
    TextFixtures.write(found.resolve("model/model.safetensors"), "{}");
    Files.createSymbolicLink(found.resolve("nowhere"), Path.of("gone"));
    Files.createSymbolicLink(found.resolve("more"), folder);
    Sources sources = TextFixtures.files(found);
    assertThat(read(sources, Level.CHAR)).isEqualTo("good");
    SkippedFiles skipped = sources.skipped();
    assertThat(skipped.count(SkipReason.NOT_UTF8)).isEqualTo(1);
    assertThat(skipped.count(SkipReason.BINARY)).isEqualTo(1);
    assertThat(skipped.count(SkipReason.DAMAGED)).isEqualTo(1);
    assertThat(skipped.count(SkipReason.OTHER_FORMAT)).isEqualTo(2);
    assertThat(skipped.count(SkipReason.MODEL)).isEqualTo(1);
    assertThat(skipped.count(SkipReason.DANGLING_LINK)).isEqualTo(1);
    assertThat(skipped.count(SkipReason.LINKED_FOLDER)).isEqualTo(1);
    assertThat(skipped.total()).isEqualTo(8);
    assertThat(skipped.summary())
        .contains("1 not UTF-8: " + found.resolve("late.txt"))
        .contains("1 dangling link: " + found.resolve("nowhere"));
    assertThat(read(sources, Level.BYTE))
        .isEqualTo("good" + new String(bad, StandardCharsets.ISO_8859_1));
  }

  @Test
  void theModelFolderIsLeftOutAndSoIsWhatLm4jWroteIntoIt() {
    TextFixtures.write(folder.resolve("c/a.txt"), "text");
    TextFixtures.write(folder.resolve("c/m/notes.txt"), "notes");
    List<String> corpus = List.of(folder.resolve("c").toString());
    InputStream none = InputStream.nullInputStream();
    assertThat(read(Sources.of(corpus, none))).isEqualTo("textnotes");
    assertThat(read(Sources.of(corpus, none, folder.resolve("c/m")))).isEqualTo("text");
    TextFixtures.write(folder.resolve("c/config.json"), "{}");
    TextFixtures.write(folder.resolve("c/log.jsonl"), "{}");
    Sources itself = Sources.of(corpus, none, folder.resolve("c"));
    assertThat(read(itself)).isEqualTo("textnotes");
    assertThat(itself.skipped().count(SkipReason.MODEL)).isEqualTo(2);
  }

  @Test
  void knownFormatsAreNamedWithWhatToDo() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("compressed with xz; unpack it first", HexFormat.of().parseHex("fd377a585a000004"));
    files.put("compressed with zstd; unpack it first", HexFormat.of().parseHex("28b52ffd04"));
    files.put(
        "a PDF document; take its text out", "%PDF-1.7\n".getBytes(StandardCharsets.US_ASCII));
    files.put(
        "UTF-16; convert it, with iconv -f UTF-16", "caf\u00E9".getBytes(StandardCharsets.UTF_16));
    files.put("iconv -f UTF-16LE -t", "caf\u00E9 au lait\n".getBytes(StandardCharsets.UTF_16LE));
    files.put(
        "iconv -f UTF-16BE -t",
        "\u4F60\u597D\u3002\n".repeat(9).getBytes(StandardCharsets.UTF_16BE));
    files.put("iconv -f UTF-32LE -t", "caf\u00E9 au lait\n".getBytes(Charset.forName("UTF-32LE")));
    files.put("a pickle of Python", HexFormat.of().parseHex("80048c05"));
    files.put(
        "git lfs pull",
        "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.US_ASCII));
    files.put("is a PNG picture", HexFormat.of().parseHex("89504e470d0a1a0a00"));
    files.forEach(
        (why, bytes) -> refused(why, TextFixtures.write(folder.resolve("some.txt"), bytes)));
    for (String text :
        List.of("MZ is no text", "RIFF raff", "BZh9 is not bzip2", "PAR1s", "%!PS")) {
      assertThat(
              read(TextFixtures.files(TextFixtures.write(folder.resolve("t"), text)), Level.CHAR))
          .isEqualTo(text);
    }
  }

  @Test
  void otherWritersOfKnownFormatsAreKnownToo() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("lzma, 1 MiB", "5d00001000ffffffffffffffff0029");
    files.put("lzma, 64 MiB", "5d00000004ffffffffffffffff0029");
    files.put("lzma, 3 MiB, with its length", "5d00003000940e0000000000000029");
    files.forEach(
        (name, hex) ->
            refused(
                "is compressed with lzma; unpack it first, with xz -d",
                TextFixtures.write(folder.resolve("a.lzma"), HexFormat.of().parseHex(hex))));
    byte[] skippable = HexFormat.of().parseHex("502a4d1804000000616263640028b52ffd04");
    refused(
        "is compressed with zstd or lz4", TextFixtures.write(folder.resolve("a.zst"), skippable));
    byte[] wide = "a b\n".repeat(99).getBytes(StandardCharsets.UTF_16LE);
    refused(
        "iconv -f UTF-16LE -t",
        TextFixtures.write(folder.resolve("cut.txt"), Arrays.copyOf(wide, wide.length - 1)));
    byte[] escaped = "\u79C1\u306F\n".getBytes(Charset.forName("ISO-2022-JP"));
    refused("iconv -f ISO-2022-JP -t", TextFixtures.write(folder.resolve("mail.txt"), escaped));
    for (String text : List.of("]", "](12345678901)", "P*M and more", "\033(B\033[m plain")) {
      Path file = TextFixtures.write(folder.resolve("t"), text);
      assertThat(read(TextFixtures.files(file), Level.CHAR)).isEqualTo(text);
    }
  }

  @Test
  void aStrayNulIsNotTakenForAnotherEncoding() {
    for (String text :
        List.of("ab\0c\n\0", "a\0bcd\n", "one line\0\n two\0", "\0caf\u00E9\n", "\0".repeat(8))) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      Path file = TextFixtures.write(folder.resolve("stray.txt"), bytes);
      binary(text.indexOf('\0'), file);
    }
    byte[] few = HexFormat.of().parseHex("410080909988");
    binary(1, TextFixtures.write(folder.resolve("few.txt"), few));
  }

  private static void binary(int offset, Path file) {
    Sources sources = TextFixtures.files(file);
    assertThatThrownBy(() -> sources.read(Level.CHAR, text -> text.check(Level.CHAR), bytes -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + " is binary")
        .hasMessageContaining("a NUL byte at byte offset " + offset);
  }

  @Test
  void anArchiveWithoutTextSaysWhatItHolds() throws IOException {
    Path wide =
        TextFixtures.write(folder.resolve("wide.zip"), zip("a.txt", "\0a\0b\0c\0d\0e", ".h", "H"));
    refused("has no text files; skipped: 1 hidden; 1 of another format: " + wide + "!a.txt", wide);
    Path none = TextFixtures.write(folder.resolve("none.zip"), zip());
    refused("none.zip has no files; name another archive", none);
  }

  @Test
  void atByteLevelPackedFilesAreRefusedUnlessTheirNamesSaySo() throws IOException {
    Path file = TextFixtures.write(folder.resolve("corpus.dat"), gzip("text"));
    assertThat(read(TextFixtures.files(file), Level.CHAR)).isEqualTo("text");
    assertThatThrownBy(() -> read(TextFixtures.files(file), Level.BYTE))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("rename it to " + file + ".gz");
    Path named = TextFixtures.write(folder.resolve("corpus.gz"), gzip("text"));
    assertThat(read(TextFixtures.files(named), Level.BYTE)).isEqualTo("text");
  }

  @Test
  void pipesAreReadWhenNamedAndSkippedWhenFound() throws Exception {
    Path pipe = Files.createDirectory(folder.resolve("pipes")).resolve("p");
    Need.PROGRAMS.check(
        Files.isExecutable(Path.of("/usr/bin/mkfifo"))
            && new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor() == 0,
        "needs mkfifo");
    refused("skipped: 1 pipe, socket or device: " + pipe, pipe.resolveSibling(""));
    Thread writer = Thread.ofVirtual().start(() -> TextFixtures.write(pipe, "piped"));
    assertThat(read(TextFixtures.files(pipe))).isEqualTo("piped");
    writer.join();
  }

  private static String read(Sources sources, Level level) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    sources.read(level, document -> document.in().transferTo(all), bytes -> {});
    return all.toString(StandardCharsets.ISO_8859_1);
  }
}
