package org.lm4j.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/**
 * Tests that files in a cache folder that another user has written, or could write, are not loaded.
 */
class NativeJarTest {
  private static final String FILE = "libquadmath.so.0";
  private static final NativeJar JAR =
      new NativeJar("org/bytedeco/openblas/linux-x86_64/", List.of(FILE), "native-1");

  @TempDir private Path folder;
  private Path cache = Path.of("");

  @BeforeEach
  void cacheInAFolderOfOurs() throws IOException {
    Need.OPENBLAS.check(JAR.isPresent(), "the OpenBLAS jar is another platform's");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    folder = folder.toRealPath();
    cache = folder.resolve("lm4j");
  }

  private byte[] unpacked() throws IOException {
    return Files.readAllBytes(JAR.unpack(List.of(cache)).resolve(FILE));
  }

  private Path place() {
    return cache.resolve("native-1").resolve(FILE);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void theCacheIsTheUsersAlone() throws IOException {
    Path unpacked = JAR.unpack(List.of(cache));
    assertThat(unpacked).isEqualTo(cache.resolve("native-1"));
    assertThat(mode(cache)).isEqualTo("rwx------");
    assertThat(mode(unpacked)).isEqualTo("rwx------");
    Object first = Files.getLastModifiedTime(place());
    assertThat(JAR.unpack(List.of(cache))).isEqualTo(unpacked);
    assertThat(Files.getLastModifiedTime(place())).isEqualTo(first);
  }

  @Test
  void aFileOfTheSameLengthThatIsAnotherIsReplaced() throws IOException {
    byte[] right = unpacked();
    byte[] other = right.clone();
    other[5000] ^= 1;
    Files.write(place(), other);
    assertThat(unpacked()).isEqualTo(right);
    assertThat(place()).hasBinaryContent(right);
  }

  @Test
  void aFileThatOthersCanWriteIsReplaced() throws IOException {
    byte[] right = unpacked();
    Files.setPosixFilePermissions(place(), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(unpacked()).isEqualTo(right);
    assertThat(mode(place())).isNotEqualTo("rw-rw-rw-");
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    byte[] right = unpacked();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.copy(place(), elsewhere.resolve(FILE));
    PrivateFolder.delete(cache.resolve("native-1"));
    Files.createSymbolicLink(cache.resolve("native-1"), elsewhere);
    assertThat(unpacked()).isEqualTo(right);
    assertThat(cache.resolve("native-1")).isDirectory();
    assertThat(Files.isSymbolicLink(cache.resolve("native-1"))).isFalse();
    assertThat(elsewhere.resolve(FILE)).hasBinaryContent(right);
  }

  /** Tests a link in place of the folder, as an attacker could prepare at a predictable name. */
  @Test
  void aCacheThatIsALinkIsNotUsed() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(cache, elsewhere);
    assertFresh(JAR.unpack(List.of(cache)));
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void aCacheInAFolderThatOthersCanWriteIsNotUsed() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertFresh(JAR.unpack(List.of(shared.resolve("lm4j"))));
    Files.setAttribute(shared, "unix:mode", 01777); // where nobody can rename what is another's
    assertThat(JAR.unpack(List.of(shared.resolve("lm4j")))).startsWith(shared);
  }

  @Test
  void aCacheOfAnotherUserIsNotUsed() throws IOException {
    Need.ROOT.check(
        Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "needs root");
    JAR.unpack(List.of(cache));
    Files.setAttribute(cache, "unix:uid", 54321);
    assertFresh(JAR.unpack(List.of(cache)));
  }

  /** The second of two can be used. */
  @Test
  void theNextCacheIsTried() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(JAR.unpack(List.of(file, cache))).startsWith(cache);
  }

  private void assertFresh(Path unpacked) throws IOException {
    assertThat(unpacked.toString()).doesNotStartWith(folder.toString());
    assertThat(unpacked.getFileName().toString()).startsWith("lm4j-");
    assertThat(mode(unpacked)).isEqualTo("rwx------");
  }
}
