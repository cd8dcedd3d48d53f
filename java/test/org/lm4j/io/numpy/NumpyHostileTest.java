package org.lm4j.io.numpy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Arrays and archives that lie: each must end in one sentence that names the file. */
class NumpyHostileTest {
  private static final String F4 =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }          \n";

  @TempDir Path folder;

  static Stream<Arguments> headers() {
    return Stream.of(
        arguments("", 0, "lacks '{'"),
        arguments("[]", 0, "lacks '{'"),
        arguments("{}", 0, "lacks one of descr, fortran_order and shape"),
        arguments("{'descr': '<f4'}", 4, "lacks one of"),
        arguments("{'descr'", 4, "lacks ':'"),
        arguments("{'descr", 4, "lacks a key in quotes"),
        arguments("{1: 2}", 4, "lacks a key in quotes"),
        arguments(F4.replace("False", "false"), 4, "neither True nor False"),
        arguments(F4.replace("False", "0"), 4, "neither True nor False"),
        arguments(F4.replace("'descr'", "'x\u0007'"), 4, "unknown key 'x\uFFFD'"),
        arguments(F4.replace("'shape'", "'descr': '<f4', 'shape'"), 4, "has descr twice"),
        arguments(F4.replace("'shape'", "'shape': (), 'shape'"), 4, "has shape twice"),
        arguments(F4.replace("(1,)", "1"), 4, "lacks '('"),
        arguments(F4.replace("(1,)", "(-1,)"), 4, "an entry that is not a size"),
        arguments(F4.replace("(1,)", "(1.0,)"), 4, "lacks ')'"),
        arguments(F4.replace("(1,)", "(1"), 4, "an entry that is not a size"),
        arguments(F4.replace("(1,)", "(None,)"), 4, "an entry that is not a size"),
        arguments(F4.replace("(1,)", "(2147483648,)"), 4, "an extent above 2^31 - 1"),
        arguments(F4.replace("(1,)", "(" + "9".repeat(500) + ",)"), 4, "an extent above"),
        arguments(F4.replace("(1,)", "(" + "1,".repeat(33) + ")"), 4, "more than 32 extents"),
        arguments(
            F4.replace("(1,)", "(" + "2147483647,".repeat(3) + ")"), 4, "than can be counted"),
        arguments(F4.replace("(1,)", "(2147483647,2147483647,2)"), 4, "4 bytes follow"),
        arguments(F4.replace("(1,)", "(0,2147483647,2147483647,2147483647)"), 4, "4 bytes follow"),
        arguments(F4.replace("(1,)", "(2,)"), 4, "it is f4 (2), but 4 bytes follow its header"),
        arguments(F4, 3, "3 bytes follow"),
        arguments(F4, 5, "5 bytes follow"),
        arguments(F4 + "x", 4, "continues after its dictionary"),
        arguments(F4 + "{}", 4, "continues after its dictionary"),
        arguments("(".repeat(60_000), 4, "lacks '{'"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aWrongHeaderIsRefusedInOneSentence(String header, int dataBytes, String says)
      throws IOException {
    assertRefused(npy(1, header.length(), header, dataBytes), "is not a valid npy array: ", says);
  }

  @ParameterizedTest
  @MethodSource("types")
  void anUnsupportedTypeIsRefusedInOneSentence(String type) throws IOException {
    assertRefused(npy(1, F4.length(), F4.replace("<f4", type), 4), "", "");
  }

  static Stream<String> types() {
    return Stream.of(
        "",
        "f",
        "<f",
        "f4",
        "<f3",
        "<f16",
        "<x4",
        "|O",
        "<i3",
        "|b2",
        "<f4 ",
        "<f99999999999",
        "<U999999999",
        "<V4",
        "?");
  }

  @Test
  void theTemplateOfTheseHeadersIsItselfValid() throws IOException {
    for (int version = 1; version <= 3; version++) {
      Tensor read = NpyFile.read(npy(version, F4.length(), F4, 4));
      assertThat(read.toArray()).containsExactly(0);
      read.storage().close();
    }
    String spaced = "{ \"shape\" :( 1L , ),'fortran_order':True,\n\"descr\":'=f4'}";
    Tensor read = NpyFile.read(npy(1, spaced.length(), spaced, 4));
    assertThat(read.toArray()).containsExactly(0);
    read.storage().close();
  }

  @Test
  void filesTooShortForWhatTheyClaim() throws IOException {
    byte[] whole = Files.readAllBytes(npy(1, F4.length(), F4, 4));
    Path file = folder.resolve("short.npy");
    for (int n = 0; n < whole.length; n++) {
      Files.write(file, java.util.Arrays.copyOf(whole, n));
      assertRefused(file, "is not a valid npy array: ", "");
    }
    assertRefused(npy(1, 65_535, F4, 4), "", "ends within its header");
    assertRefused(npy(2, 65_536, F4, 4), "", "its header claims 65536 bytes");
    assertRefused(npy(2, -1, F4, 4), "", "its header claims 4294967295 bytes");
    assertRefused(npy(4, F4.length(), F4, 4), "", "its version is 4.0");
    Files.writeString(file, "hello, this is a text", UTF_8);
    assertRefused(file, "", "does not begin with \\x93NUMPY");
    assertRefused(folder.resolve("nowhere.npy"), "", "no such file");
    assertRefused(folder, "", "cannot read");
  }

  @Test
  void anArrayLargerThanMemoryIsRefusedInOneSentence() throws IOException {
    String header = F4.replace("(1,)", "(1048576,1048576)");
    Path file = npy(1, header.length(), header, 0);
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(raw.length() + (1L << 42)); // sparse: takes no room on the disk
    }
    assertRefused(file, "", "takes 4398046511104 bytes, more than this process can have");
  }

  @Test
  void archivesThatAreNone() throws IOException {
    Path file = folder.resolve("hostile.npz");
    Files.write(file, new byte[0]);
    assertNpzRefused(file, "is not a valid npz file");
    Files.writeString(file, "PK, or so it says", UTF_8);
    assertNpzRefused(file, "is not a valid npz file");
    assertNpzRefused(folder.resolve("nowhere.npz"), "no such file");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("readme.txt"));
    }
    assertNpzRefused(file, "'readme.txt' is not an array");
  }

  @Test
  void everyBitOfTheDataCounts() throws IOException {
    Path file = folder.resolve("damaged.npz");
    try (HostStorage storage = new HostStorage(4 * 64)) {
      Tensor tensor = new Tensor(storage, 0, Shape.of(64), DType.F32);
      NpzWriter.write(file, Map.of("x", tensor), Map.of());
    }
    byte[] whole = Files.readAllBytes(file);
    whole[300] ^= 1;
    Files.write(file, whole);
    try (NpzFile npz = NpzFile.open(file)) {
      assertThatThrownBy(() -> npz.tensor("x"))
          .isInstanceOf(InputException.class)
          .hasMessage(file + ": array 'x' is damaged: its checksum is not the archive's");
    }
  }

  @Test
  void anArchiveTruncatedAnywhereIsRefusedInOneSentence() throws IOException {
    Path file = folder.resolve("cut.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(Files.readAllBytes(npy(1, F4.length(), F4, 4)));
    }
    byte[] whole = Files.readAllBytes(file);
    for (int n = 0; n < whole.length; n++) {
      Files.write(file, java.util.Arrays.copyOf(whole, n));
      assertNpzRefused(file, "is not a valid npz file");
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= (byte) 0x55;
      Files.write(file, changed);
      readAll(file);
    }
  }

  @Test
  void anEntryCannotClaimMoreThanDeflateCanPack() throws IOException {
    String header = F4.replace("(1,)", "(500000000,)");
    Path file = folder.resolve("bomb.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(Files.readAllBytes(npy(1, header.length(), header, 0)));
    }
    byte[] whole = Files.readAllBytes(file);
    ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + 46 < whole.length; i++) {
      if (bytes.getInt(i) == 0x02014b50) { // the central directory's entry: its unpacked size
        bytes.putInt(i + 24, 2_000_000_000 + 10 + header.length());
      }
    }
    Files.write(file, whole);
    try (NpzFile npz = NpzFile.open(file)) {
      assertThatThrownBy(() -> npz.tensor("x"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("bytes in the archive cannot hold 2000000");
    }
  }

  /** Anything but a value or one sentence fails the test. */
  private static void readAll(Path file) {
    try (NpzFile npz = NpzFile.open(file)) {
      for (String name : npz.names()) {
        npz.tensor(name).storage().close();
      }
    } catch (InputException e) {
      assertThat(e.getMessage()).contains(file.toString());
      assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1);
    }
  }

  private static void assertNpzRefused(Path file, String says) {
    assertThatThrownBy(() -> NpzFile.open(file).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1));
  }

  private static void assertRefused(Path file, String what, String says) {
    assertThatThrownBy(() -> NpyFile.read(file).storage().close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + (what.isEmpty() ? "" : " " + what))
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1));
  }

  private Path npy(int version, int claimed, String header, int dataBytes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    byte[] length =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, claimed).array();
    bytes.write(length, 0, version == 1 ? 2 : 4);
    bytes.write(header.getBytes(ISO_8859_1));
    bytes.write(new byte[dataBytes]);
    return Files.write(folder.resolve("hostile.npy"), bytes.toByteArray());
  }
}
