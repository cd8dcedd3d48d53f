package org.lm4j.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.lm4j.InputException;

/** One sentence for each way in which the system refuses a file. */
public final class IoErrors {
  private IoErrors() {}

  /** What to throw when {@code file} could not be written. */
  public static UncheckedIOException cannotWrite(Path file, IOException cause) {
    String why = reason(cause);
    return new UncheckedIOException(
        "cannot write " + file + ": " + why, new IOException(why, cause));
  }

  /** What to throw when {@code file}, which the user named, could not be read. */
  public static InputException cannotRead(Path file, IOException cause) {
    return new InputException("cannot read " + file + ": " + reason(cause), cause);
  }

  /** The cause without the path, which the JDK's messages of this family consist of. */
  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "a file of that name is there";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
