package org.lm4j.io;

import java.nio.file.Files;
import java.nio.file.Path;
import org.lm4j.InputException;

/** Files whose content stays where it is, so that it can be read from any place, and again. */
public final class StoredFile {
  private StoredFile() {}

  /**
   * Refuses what can be read only once, from its beginning. What does not exist and what is a
   * folder is left to those who open it.
   *
   * @throws InputException if it is a pipe, a socket or a device
   */
  public static void require(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      throw new InputException(
          file
              + " is a pipe or a device, where a file is needed that can be read again; save its"
              + " content in a file");
    }
  }
}
