package org.lm4j.text.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.TextFixtures;

/** A packed text is read whole and as it was, or refused: whatever byte of it is damaged. */
class DamagedArchivesTest {
  private static final int[] FLIPS = {0x01, 0x20, 0x80, 0xFF};

  @TempDir Path folder;

  @Test
  void noByteOfGzipCanBeDamagedUnnoticed() throws IOException {
    everyDamageShows("x.gz", gzip("the first part\nand the rest of it\n"));
    byte[] first = gzip("the first part\n");
    byte[] both = join(first, gzip("the second part\n"));
    String text = read(write("x.gz", both));
    for (int i = first.length + 1; i < both.length; i++) { // at its end the first part is whole
      byte[] damaged = both.clone();
      damaged[i] ^= 0x20;
      refusedOrSame("x.gz", damaged, text);
      assertThat(refusedOrSame("x.gz", Arrays.copyOf(both, i), text)).isOne();
    }
  }

  @Test
  void noByteOfAZipArchiveCanBeDamagedUnnoticed() throws IOException {
    everyDamageShows(
        "x.zip", zip(ZipEntry.DEFLATED, "a.txt", "text ".repeat(9), "b/c.txt", "two\n"));
    everyDamageShows("y.zip", zip(ZipEntry.STORED, "a.txt", "the first\n", "b/c.txt", "second\n"));
  }

  @Test
  void gzipMayBeFollowedOnlyByZeros() throws IOException {
    byte[] whole = gzip("text");
    assertThat(read(write("zeros.gz", join(whole, new byte[1000])))).isEqualTo("text");
    refused("something else follows its end", "a.gz", join(whole, new byte[9], whole));
    refused("something else follows its first part", "b.gz", join(whole, new byte[] {1}));
    refused("b.gz is empty", "b.gz", new byte[0]);
  }

  @Test
  void joinedZipArchivesAndRestsAreRefused() throws IOException {
    byte[] whole = zip(ZipEntry.DEFLATED, "a.txt", "text");
    refused("do not lie where they should", "a.zip", join(whole, whole));
    refused("something else follows its end", "a.zip", join(whole, new byte[] {'x'}));
    refused("its directory is missing", "a.zip", Arrays.copyOf(whole, whole.length - 30));
  }

  @Test
  void twoEntriesOfOneNameAreRefused() throws IOException {
    byte[] two = zip(ZipEntry.STORED, "a.txt", "one", "b.txt", "two");
    for (int i = 0; i < two.length; i++) {
      two[i] = two[i] == 'b' && two[i + 1] == '.' ? (byte) 'a' : two[i];
    }
    refused("two entries named a.txt", "a.zip", two);
  }

  @Test
  void namesThatAreNotUtf8AreNamesOfCodePage437() throws IOException {
    byte[] packed = zip(ZipEntry.STORED, "XX.txt", "text");
    for (int i = 0; i < packed.length - 1; i++) {
      if (packed[i] == 'X' && packed[i + 1] == 'X') {
        packed[i] = (byte) 0x81;
        packed[i + 1] = (byte) 0x84;
      }
    }
    Path file = write("a.zip", packed);
    try (ZipArchive archive = ZipArchive.open(file)) {
      assertThat(archive.files()).extracting(ZipItem::name).containsExactly("üä.txt");
    }
    assertThat(read(file)).isEqualTo("text");
  }

  @Test
  void encryptedEntriesAndUnknownMethodsAreNamed() throws IOException {
    byte[] packed = zip(ZipEntry.STORED, "a.txt", "text");
    int directory = new String(packed, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    byte[] encrypted = packed.clone();
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    refused("a.zip is encrypted; unpack it first, with its password", "a.zip", encrypted);
    byte[] zstd = packed.clone();
    zstd[8] = 93;
    zstd[directory + 10] = 93;
    refused("a.txt is packed with method 93 (zstd)", "a.zip", zstd);
  }

  private void everyDamageShows(String name, byte[] whole) throws IOException {
    String text = read(write(name, whole));
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      for (int flip : FLIPS) {
        byte[] damaged = whole.clone();
        damaged[i] ^= (byte) flip;
        refused += refusedOrSame(name, damaged, text);
      }
      refused += refusedOrSame(name, Arrays.copyOf(whole, i), text);
    }
    assertThat(refused).isGreaterThan(whole.length * 2);
  }

  private int refusedOrSame(String name, byte[] bytes, String text) {
    try {
      assertThat(read(write(name, bytes))).isEqualTo(text);
      return 0;
    } catch (InputException e) {
      assertThat(e).hasMessageContaining(name);
      return 1;
    }
  }

  private void refused(String why, String name, byte[] bytes) {
    assertThatThrownBy(() -> read(write(name, bytes)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(why);
  }

  private Path write(String name, byte[] bytes) {
    return TextFixtures.write(folder.resolve(name), bytes);
  }

  private static String read(Path file) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Sources sources = TextFixtures.files(file);
    sources.read(Level.CHAR, document -> document.in().transferTo(all), bytes -> {});
    assertThat(sources.skipped().total()).isZero();
    return all.toString(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static byte[] zip(int method, String... namesAndTexts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        byte[] text = namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8);
        ZipEntry entry = new ZipEntry(namesAndTexts[i]);
        if (method == ZipEntry.STORED) {
          java.util.zip.CRC32 crc = new java.util.zip.CRC32();
          crc.update(text);
          entry.setMethod(method);
          entry.setSize(text.length);
          entry.setCrc(crc.getValue());
        }
        out.putNextEntry(entry);
        out.write(text);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
