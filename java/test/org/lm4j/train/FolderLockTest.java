package org.lm4j.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.train.StagedFolder.Existing.REFUSE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;

@Tag("slow")
class FolderLockTest {
  @TempDir private Path folder;

  @Test
  void oneRunAtATime() {
    try (FolderLock first = FolderLock.take(folder)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> FolderLock.take(folder))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("is being trained by process " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> new StagedFolder(folder, REFUSE)).isInstanceOf(InputException.class);
    }
    FolderLock.take(folder).close();
  }

  /** Another process, for within one the system knows nothing of it. */
  @Test
  void anotherProcessIsRefusedAsLongAsTheRunLasts() throws IOException, InterruptedException {
    try (FolderLock mine = FolderLock.take(folder)) {
      assertThat(mine).isNotNull();
      assertThat(otherProcess()).contains("trained by process " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> FolderLock.take(folder)).isInstanceOf(InputException.class);
      assertThat(otherProcess()).contains("trained by process " + ProcessHandle.current().pid());
    }
    assertThat(otherProcess()).contains("taken");
  }

  /** Tests that deleting the lock file does not admit a second run. */
  @Test
  void aDeletedOrReplacedLockFileStillExcludesOthers() throws IOException, InterruptedException {
    Path file = folder.resolve(FolderLock.FILE);
    try (FolderLock mine = FolderLock.take(folder)) {
      Files.delete(file);
      assertThat(otherProcess()).contains("is being trained by another process");
      Files.writeString(file, "");
      assertThat(otherProcess()).contains("is being trained by another process");
      mine.requireHeld();
      assertThat(otherProcess()).contains("trained by process " + ProcessHandle.current().pid());
    }
    assertThat(otherProcess()).contains("taken");
  }

  @Test
  void aRunWritesIntoNoOtherFolderOfTheSameName() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    try (FolderLock mine = FolderLock.take(model)) {
      Files.move(model, folder.resolve("moved"));
      assertThatThrownBy(mine::requireHeld).isInstanceOf(TrainingFailure.class);
      Files.createDirectory(model);
      assertThatThrownBy(mine::requireHeld)
          .isInstanceOf(TrainingFailure.class)
          .hasMessageContaining("is no longer the folder this run trains in");
    }
  }

  @Test
  void aFolderThatHoldsAModelIsNotTakenUnasked() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThatThrownBy(() -> new StagedFolder(folder, REFUSE))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("already holds a model");
    new StagedFolder(folder, StagedFolder.Existing.REPLACE).close();
    assertThat(folder.resolve("config.json")).hasContent("{}");
  }

  private String otherProcess() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }

  /** Takes the lock of a folder and says so, or why not. */
  static final class Program {
    private Program() {}

    /** Runs in a separate process. */
    public static void main(String[] args) {
      try (FolderLock lock = FolderLock.take(Path.of(args[0]))) {
        System.out.println(lock == null ? "" : "taken");
      } catch (InputException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void whatAKilledRunLeftDoesNotHinder() throws IOException {
    Files.writeString(folder.resolve(FolderLock.FILE), "1\nof a process that was killed\n");
    FolderLock.take(folder).close();
    assertThat(folder.resolve(FolderLock.FILE)).hasContent(ProcessHandle.current().pid() + "\n");
  }

  @Test
  void anUnusedFolderIsRemoved() {
    Path made = folder.resolve("made");
    try (StagedFolder staged = new StagedFolder(made, REFUSE)) {
      assertThat(staged.path()).isDirectory();
    }
    assertThat(made).doesNotExist();
  }
}
