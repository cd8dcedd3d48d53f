package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;

class FolderLockTest {
  @TempDir private Path folder;

  @Test
  void oneRunAtATime() {
    try (FolderLock first = FolderLock.take(folder)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> FolderLock.take(folder))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("is being trained by process " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> new StagedFolder(folder)).isInstanceOf(InputException.class);
    }
    FolderLock.take(folder).close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatAKilledRunLeftDoesNotHinder() throws IOException {
    Files.writeString(folder.resolve(FolderLock.FILE), "1\nof a process that was killed\n");
    FolderLock.take(folder).close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFolderMadeForNothingIsGone() {
    Path made = folder.resolve("made");
    try (StagedFolder staged = new StagedFolder(made)) {
      assertThat(staged.path()).isDirectory();
    }
    assertThat(made).doesNotExist();
  }
}
