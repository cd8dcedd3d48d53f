package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;

class FileGroupTest {
  private static final List<String> NAMES = List.of("a", "b", "c", "log");

  @TempDir private Path root;
  private Path folder;

  @BeforeEach
  void anOldModel() throws IOException {
    folder = Files.createDirectory(root.resolve("model"));
    replaceAll("old a", "old b", "old c");
  }

  private FileGroup group() {
    return new FileGroup(folder, NAMES);
  }

  private void replaceAll(String... contents) throws IOException {
    try (FileGroup.Change change = group().change()) {
      write(change, contents);
      change.commitAll();
    }
  }

  private static void write(FileGroup.Change change, String... contents) throws IOException {
    for (int i = 0; i < contents.length; i++) {
      AtomicFile.writeBytes(change.path().resolve(NAMES.get(i)), contents[i].getBytes(UTF_8));
    }
  }

  /** Returns what a reader sees in a folder that it cannot write to. */
  private static String seen(Path place) {
    FileGroup group = new FileGroup(place, NAMES);
    StringBuilder text = new StringBuilder();
    for (String name : NAMES) {
      text.append(group.exists(name) ? new String(group.read(name), UTF_8) : "none").append(',');
    }
    return text.toString();
  }

  private static final String OLD = "old a,old b,old c,none,";
  private static final String NEW = "new a,new b,none,none,";

  @Test
  void aKillAnywhereLeavesTheOldFilesOrTheNewOnes() throws IOException {
    List<Path> copies =
        DiskFaults.copies(
            folder, root, (number, what, file) -> true, () -> replaceAll("new a", "new b"));
    assertThat(copies).hasSizeGreaterThan(20);
    Set<String> states = new HashSet<>();
    for (Path copy : copies) {
      String before = seen(copy);
      states.add(before);
      assertThat(before).as(copy.toString()).isIn(OLD, NEW);
      new FileGroup(copy, NAMES).recover();
      assertThat(seen(copy)).as(copy.toString()).isEqualTo(before);
      assertThat(copy.resolve(".preparing")).doesNotExist();
      assertThat(copy.resolve(".committed")).doesNotExist();
    }
    assertThat(states).hasSize(2);
    assertThat(seen(folder)).isEqualTo(NEW);
  }

  @Test
  void aDiskThatFailsAnywhereLeavesTheOldFilesOrTheNewOnesAndIsNamed() throws IOException {
    boolean reached = true;
    for (int number = 1; reached; number++) {
      replaceAll("old a", "old b", "old c");
      Throwable[] failure = new Throwable[1];
      reached =
          DiskFaults.failing(
              folder,
              number,
              () -> {
                try {
                  replaceAll("new a", "new b");
                } catch (UncheckedIOException e) {
                  failure[0] = e;
                }
              });
      if (failure[0] != null) {
        assertThat(failure[0]).hasMessageMatching("cannot write .*/model.*: Input/output error");
      }
      assertThat(seen(folder)).as("change " + number).isIn(OLD, NEW);
    }
  }

  @Test
  void otherFilesStayAndAreStillKnown() throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "mine");
    try (FileGroup.Change change = group().change()) {
      write(change, "next a");
      change.commit();
    }
    assertThat(seen(folder)).isEqualTo("next a,old b,old c,none,");
    assertThat(folder.resolve("notes.txt")).hasContent("mine");
    Files.writeString(folder.resolve("b"), "old d");
    assertThatThrownBy(() -> group().read("b")).hasMessageContaining("b is damaged");
  }

  @Test
  void anyFlippedBitAndAnyTruncationIsRefusedByName() throws IOException {
    for (String name : List.of("a", "b", "c", "manifest.json")) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int bit = 0; bit < 8 * good.length; bit += name.length() > 1 ? 5 : 1) {
        byte[] bad = good.clone();
        bad[bit / 8] ^= (byte) (1 << (bit % 8));
        Files.write(file, bad);
        String where = name + ", bit " + bit;
        if (name.length() > 1) { // a bit of white space changes nothing
          assertThatCode(() -> assertThat(seen(folder)).isEqualTo(OLD))
              .as(where)
              .satisfiesAnyOf(
                  e -> assertThat(e).isNull(),
                  e ->
                      assertThat(e)
                          .isInstanceOf(InputException.class)
                          .hasMessageContaining("manifest.json"));
        } else {
          assertThatThrownBy(() -> group().read(name))
              .as(where)
              .isInstanceOf(InputException.class)
              .hasMessageContaining(file + " is damaged")
              .hasMessageContaining("delete " + folder.resolve("manifest.json"));
        }
      }
      Files.write(file, Arrays.copyOf(good, good.length - 1));
      if (name.length() == 1) {
        assertThatThrownBy(() -> group().read(name))
            .hasMessageContaining("it has 4 bytes, not the 5 that were written");
      }
      Files.write(file, good);
    }
  }

  @Test
  void aFolderWithoutAManifestIsReadAsItIs() throws IOException {
    Files.delete(folder.resolve("manifest.json"));
    Files.writeString(folder.resolve("a"), "by hand");
    assertThat(seen(folder)).isEqualTo("by hand,old b,old c,none,");
    assertThat(group().check("a")).isFalse();
  }

  @Test
  void sumsAreEqualIfLengthAndChecksumAre() {
    FileSum sum = new FileSum(3, 7);
    assertThat(sum).isEqualTo(new FileSum(3, 7)).hasSameHashCodeAs(new FileSum(3, 7));
    assertThat(sum).isNotEqualTo(new FileSum(4, 7)).isNotEqualTo(new FileSum(3, 8));
    assertThat(sum.equals(null)).isFalse();
  }

  @Test
  void aGrowingFileIsComparedUpToItsKnownLength() throws IOException {
    Path log = Files.writeString(folder.resolve("log"), "one\n");
    try (FileGroup.Change change = group().change()) {
      change.note("log", FileSum.of(log));
      change.commit();
    }
    Files.writeString(log, "one\ntwo\n");
    assertThat(group().checkBeginning("log")).isEqualTo(FileSum.of("one\n".getBytes(UTF_8)));
    Files.writeString(log, "0ne\ntwo\n");
    assertThatThrownBy(() -> group().checkBeginning("log")).hasMessageContaining("log is damaged");
  }

  @Test
  void aReaderNeverMixesTwoModels() throws IOException {
    FileGroup reader = group();
    reader.read("a");
    replaceAll("new a", "new b");
    assertThatThrownBy(() -> reader.read("b")).hasMessageContaining("was replaced by another");
    assertThat(group().read("b")).asString().isEqualTo("new b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/etc/passwd", "other", ".training"})
  void aManifestMayNameOnlyKnownFiles(String name) throws IOException {
    Path outside = Files.writeString(root.resolve("x"), "outside");
    String line = "00000000 0 " + name;
    String sum = FileSum.of((line + "\n").getBytes(UTF_8)).toString();
    Path waiting = Files.createDirectory(folder.resolve(".committed"));
    Files.writeString(
        waiting.resolve("manifest.json"),
        "{\"format\":\"lm4j-manifest-1\",\"files\":[\"%s\"],\"checksum\":\"%s\"}"
            .formatted(line, sum));
    assertThatThrownBy(() -> group().change())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("manifest.json has the line");
    assertThat(outside).hasContent("outside");
  }

  @ParameterizedTest
  @ValueSource(strings = {".preparing", ".committed", "a", "manifest.json"})
  void nothingIsWrittenOrDeletedThroughALink(String name) throws IOException {
    Path outside = Files.createDirectory(root.resolve("outside"));
    Files.writeString(outside.resolve("a"), "theirs");
    Path link = folder.resolve(name);
    Files.deleteIfExists(link);
    boolean file = !name.startsWith(".");
    Files.createSymbolicLink(link, file ? outside.resolve("a") : outside);
    if (name.equals("manifest.json")) {
      Files.writeString(outside.resolve("a"), "{\"format\":\"x\",\"files\":[],\"checksum\":\"\"}");
    }
    byte[] theirs = Files.readAllBytes(outside.resolve("a"));
    replaceAll("new a", "new b");
    assertThat(outside.resolve("a")).hasBinaryContent(theirs);
    assertThat(outside.toFile().list()).containsExactly("a");
    assertThat(seen(folder)).isEqualTo(NEW);
    assertThat(Files.isSymbolicLink(link)).isFalse();
  }
}
