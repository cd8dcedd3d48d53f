package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that is made at once, on disks that fail and in processes that are killed. */
class NewFolderTest {
  @TempDir private Path folder;

  private static void fill(Path aside) {
    AtomicFile.writeBytes(aside.resolve("one"), new byte[] {1});
    AtomicFile.writeBytes(aside.resolve("two"), new byte[] {2, 2});
  }

  private static void assertWhole(Path made) {
    assertThat(made.resolve("one")).hasBinaryContent(new byte[] {1});
    assertThat(made.resolve("two")).hasBinaryContent(new byte[] {2, 2});
  }

  @Test
  void aKilledProcessLeavesAllOfItOrNone() throws IOException {
    Path here = Files.createDirectory(folder.resolve("here"));
    List<Path> copies =
        DiskFaults.copies(
            here,
            Files.createDirectory(folder.resolve("copies")),
            (number, what, file) -> true,
            () -> NewFolder.make(here.resolve("made"), NewFolderTest::fill));
    assertThat(copies).hasSizeGreaterThan(5);
    for (Path copy : copies) {
      Path made = copy.resolve("made");
      if (Files.exists(made)) {
        assertWhole(made);
      }
      NewFolder.make(made, NewFolderTest::fill); // by the next process
      assertWhole(made);
      try (var entries = Files.list(copy)) {
        assertThat(entries).containsExactly(made);
      }
    }
  }

  @Test
  void aFailingDiskLeavesAllOfItOrNone() throws IOException {
    for (int number = 1; ; number++) {
      Path here = Files.createDirectory(folder.resolve("disk" + number));
      Path made = here.resolve("made");
      boolean[] failed = {false};
      boolean enough =
          DiskFaults.failing(
              here,
              number,
              () -> {
                try {
                  NewFolder.make(made, NewFolderTest::fill);
                } catch (UncheckedIOException e) {
                  failed[0] = true;
                }
              });
      assertThat(failed[0]).isEqualTo(enough);
      if (Files.exists(made)) {
        assertWhole(made);
      }
      if (!enough) {
        assertThat(number).isGreaterThan(5);
        return;
      }
    }
  }

  @Test
  void oneThatIsThereIsReplacedOrRemoved() {
    Path made = folder.resolve("made");
    NewFolder.make(made, aside -> AtomicFile.writeBytes(aside.resolve("old"), new byte[1]));
    NewFolder.make(made, NewFolderTest::fill);
    assertThat(made.resolve("old")).doesNotExist();
    assertWhole(made);
    NewFolder.remove(made);
    assertThat(made).doesNotExist();
    NewFolder.remove(made);
  }

  @Test
  void whereNothingCanBeMadeTheMessageNamesIt() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> NewFolder.make(file.resolve("made"), NewFolderTest::fill))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("made");
  }
}
