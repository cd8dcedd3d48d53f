package org.lm4j.text.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Temporary files that never outlive the process: they are unlinked as soon as they are open (or,
 * where the system cannot do that, when they are closed), so the system reclaims them even after
 * SIGKILL. Only the owner may read them.
 */
public final class ScratchFile {
  private static final String USUAL = "/tmp"; // what Java takes on Unix, whatever TMPDIR says
  private static final Set<OpenOption> OPTIONS =
      Set.of(
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);

  private ScratchFile() {}

  /** Returns a new name in a folder, or in the system's temporary folder if it is null. */
  public static Path in(@Nullable Path folder) {
    String name = ".lm4j-" + UUID.randomUUID() + ".tmp";
    return (folder == null ? temporaryFolder() : folder).resolve(name);
  }

  /**
   * Creates the file for writing and reading.
   *
   * @throws UncheckedIOException if it cannot be created
   */
  public static FileChannel open(Path path) {
    try {
      return FileChannel.open(path, OPTIONS, ownerOnly());
    } catch (IOException e) {
      UncheckedIOException failure = TokenFileWriter.cannotWrite(path, e);
      if (path.getParent() != null && !Files.isWritable(path.getParent())) {
        throw new UncheckedIOException(
            "Cannot make a temporary file in %s; name a folder that can be written to with TMPDIR."
                .formatted(path.getParent()),
            failure.getCause());
      }
      throw failure;
    }
  }

  /** Returns Java's temporary folder if it was set explicitly, else TMPDIR. */
  private static Path temporaryFolder() {
    String property = System.getProperty("java.io.tmpdir", USUAL);
    String variable = System.getenv("TMPDIR");
    boolean usual = property.equals(USUAL);
    return Path.of(usual && variable != null && !variable.isEmpty() ? variable : property);
  }

  private static FileAttribute<?>[] ownerOnly() {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
