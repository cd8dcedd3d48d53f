package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

class AtomicFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void oldContent() throws IOException {
    file = Files.writeString(folder.resolve("config.json"), "old");
  }

  @Test
  void replacesAndCreates() throws IOException {
    AtomicFile.writeBytes(file, new byte[] {'n', 'e', 'w'});
    assertThat(file).hasContent("new");
    AtomicFile.writeStream(folder.resolve("other"), out -> out.write(new byte[200_000]));
    assertThat(Files.size(folder.resolve("other"))).isEqualTo(200_000);
    assertThat(names()).containsExactly("config.json", "other");
  }

  @Test
  void anInterruptedThreadForcesAFolderAndStaysInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    AtomicFile.forceFolder(folder);
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(() -> AtomicFile.forceFolder(folder.resolve("none")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void theOldFileStandsUntilTheNewOneIsWhole() {
    AtomicFile.writeStream(
        file,
        out -> {
          out.write('n');
          out.flush();
          assertThat(file).hasContent("old");
          assertThat(names()).hasSize(2).anyMatch(n -> n.endsWith(".lm4j-tmp"));
          assertThat(AtomicFile.cleanLeftovers(folder)).as("in use, so no leftover").isZero();
        });
    assertThat(file).hasContent("n");
  }

  @Test
  void aBodyThatFailsHalfWayLeavesOnlyTheOldFile() throws IOException {
    assertThatThrownBy(
            () ->
                AtomicFile.writeStream(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IllegalStateException("half way");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("half way");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("config.json");
  }

  @Test
  void aFullDiskIsReportedAndLeavesOnlyTheOldFile() throws IOException {
    Path full = Path.of("/dev/full");
    Need.DEVICES.check(Files.isWritable(full), "no /dev/full on this system");
    assertThatThrownBy(
            () ->
                AtomicFile.writeStream(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      try (OutputStream device = new FileOutputStream(full.toFile())) {
                        device.write(1); // the system's own ENOSPC
                      }
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + file + ": No space left on device");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("config.json");
  }

  @Test
  void devicesAndFoldersAreNotRenamedOver() {
    Path device = Path.of("/dev/null");
    Need.DEVICES.check(Files.exists(device), "no /dev/null on this system");
    assertThatThrownBy(() -> AtomicFile.writeBytes(device, new byte[1]))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write /dev/null: it is not a regular file");
    assertThatThrownBy(() -> AtomicFile.writeBytes(folder, new byte[1]))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + folder + ": it is a folder");
  }

  @Test
  void aMissingFolderIsNamed() {
    Path lost = folder.resolve("missing").resolve("x.json");
    assertThatThrownBy(() -> AtomicFile.writeBytes(lost, new byte[1]))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + lost + ": no such file or folder");
  }

  @Test
  void aFolderWithoutWritePermissionIsNamed() throws IOException {
    Need.POSIX.check(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"), "no permissions");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      Need.USER.check(!Files.isWritable(folder), "this user may write everywhere");
      assertThatThrownBy(() -> AtomicFile.writeBytes(file, new byte[1]))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessage("cannot write " + file + ": permission denied");
      assertThat(file).hasContent("old");
    } finally {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void aSymbolicLinkStaysALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    AtomicFile.writeBytes(link, new byte[] {'n'});
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("n");
  }

  @Test
  void anInterruptedThreadStillSavesAndStaysInterrupted() {
    Thread.currentThread().interrupt();
    AtomicFile.writeBytes(file, new byte[] {'n'});
    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasContent("n");
  }

  @Test
  void cleansWhatKilledProcessesLeftAndNothingElse() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    String dead = ".model.safetensors." + process.pid() + "-1.lm4j-tmp";
    String own = ".model.safetensors." + ProcessHandle.current().pid() + "-0.lm4j-tmp";
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    String alive = ".model.safetensors." + parent.pid() + "-1.lm4j-tmp";
    List<String> others = List.of("x.lm4j-tmp", ".x.lm4j-tmp", ".x.12-y.lm4j-tmp", ".x.1-1.tmp");
    for (String name : Stream.concat(others.stream(), Stream.of(dead, own, alive)).toList()) {
      Files.writeString(folder.resolve(name), "x");
    }
    assertThat(AtomicFile.cleanLeftovers(folder)).isEqualTo(2);
    assertThat(names())
        .doesNotContain(dead, own)
        .contains(alive, "config.json")
        .containsAll(others);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(p -> String.valueOf(p.getFileName())).sorted().toList();
    }
  }
}
