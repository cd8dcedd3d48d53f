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

/** Turns I/O errors into messages of one sentence. */
public final class IoErrors {
  private IoErrors() {}

  /** Creates the exception for a {@code file} that could not be written. */
  public static UncheckedIOException cannotWrite(Path file, IOException cause) {
    String why = reason(cause);
    return new UncheckedIOException(
        "cannot write " + file + ": " + why, new IOException(why, cause));
  }

  /** Creates the exception for a user's {@code file} that could not be read. */
  public static InputException cannotRead(Path file, IOException cause) {
    return new InputException("cannot read " + file + ": " + reason(cause), cause);
  }

  /**
   * Returns the cause without the path, which is all that the JDK's messages of this family
   * contain.
   */
  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "a file of that name exists";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if ("Is a directory".equals(e.getMessage())) { // what Linux says to one who reads it
      return "it is a folder, not a file";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
