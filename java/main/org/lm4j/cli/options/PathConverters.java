package org.lm4j.cli.options;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converters of paths. An empty one, which a variable of the shell that is not set leaves behind,
 * would be the current folder.
 */
public final class PathConverters {
  /** The character that Java reads where the bytes of an argument are invalid. */
  private static final char REPLACEMENT = '\uFFFD';

  private PathConverters() {}

  /**
   * Returns any path.
   *
   * @throws TypeConversionException if it is empty, or cannot be a path here
   */
  public static Path path(String value) {
    try {
      return Path.of(named(value));
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + value + "' cannot be a path: " + e.getReason());
    }
  }

  private static String named(String value) {
    if (value.isEmpty()) {
      throw new TypeConversionException(
          "it is empty; name a file or a folder (is a variable of the shell not set?)");
    }
    if (value.indexOf(REPLACEMENT) >= 0 && !exists(value)) {
      throw new TypeConversionException(
          "'"
              + value
              + "' is a name that is not UTF-8, by which Java opens nothing; rename it, or name the"
              + " folder it lies in");
    }
    return value;
  }

  private static boolean exists(String value) {
    try {
      return Files.exists(Path.of(value));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The name of a source of text, which need not be a path: {@code -} is the standard input. */
  public static final class Source implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      return named(value);
    }
  }

  /**
   * A file to write. That it can be made is looked at before anything else is done, which may take
   * hours.
   */
  public static class Output implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      Path file = path(value);
      if (value.equals("-")) {
        throw new TypeConversionException(
            "results do not go to the standard output; give the name of a file");
      }
      if (Files.isDirectory(file)) {
        throw new TypeConversionException(
            "'" + value + "' is a folder; give the name of a file, which may lie in it");
      }
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new TypeConversionException(
            "'" + value + "' is not a regular file; give the name of one");
      }
      Path folder = file.toAbsolutePath().normalize().getParent();
      if (folder != null && !Files.isDirectory(folder)) {
        throw new TypeConversionException(
            "'" + value + "' cannot be made: " + folder + " is not a folder; make it first");
      }
      if (folder != null && !Files.isWritable(folder)) {
        throw new TypeConversionException(
            "'" + value + "' cannot be made: nothing may be written in " + folder);
      }
      return file;
    }
  }

  /** A file to write, or {@code -} for the standard output. */
  public static final class OutputOrStandard extends Output {
    @Override
    public Path convert(String value) {
      return value.equals("-") ? Path.of(value) : super.convert(value);
    }
  }

  /** A folder to write files into, which is created if needed. */
  public static final class OutputFolder implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      Path folder = path(value);
      for (Path at = folder.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
        if (Files.isDirectory(at)) {
          break;
        }
        if (Files.exists(at)) {
          throw new TypeConversionException(
              "'" + value + "' cannot be a folder: " + at + " is a file; give another name");
        }
      }
      return folder;
    }
  }
}
