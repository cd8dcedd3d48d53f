package org.lm4j.cli.options;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.model.ModelFiles;

/** The model that comes with lm4j, which commands take where none is named. */
public final class ShippedModel {
  /** What the help says where {@code --model} may be left out. */
  public static final String HELP = "[models/english, which is included].";

  private static final Path FOLDER = Path.of("models", "english");

  private static final int MOST_UP = 4;

  private ShippedModel() {}

  /**
   * Returns the folder of the model, relative to the working directory if it is inside.
   *
   * @throws InputException if lm4j came without it
   */
  public static Path folder() {
    Path found = find();
    if (found == null) {
      throw new InputException(
          "this copy of lm4j comes without a model: name the folder of one by --model.");
    }
    Path here = Path.of("").toAbsolutePath();
    return found.startsWith(here) ? here.relativize(found) : found;
  }

  /** Returns whether lm4j came with the model. */
  public static boolean exists() {
    return find() != null;
  }

  /**
   * Finds the model in the nearest folder above lm4j's classes, which are in {@code lib/lm4j.jar}
   * of an archive, and below {@code target} where they were built.
   */
  private static @Nullable Path find() {
    Path place = classes();
    for (int up = 0; up < MOST_UP && place != null; up++) {
      place = place.getParent();
      if (place != null && Files.isRegularFile(place.resolve(FOLDER).resolve(ModelFiles.CONFIG))) {
        return place.resolve(FOLDER);
      }
    }
    return null;
  }

  /** A class that comes from the cache for fast starts names the place of the jar at that time. */
  private static @Nullable Path classes() {
    String path = System.getProperty("java.class.path", "");
    if (path.endsWith(".jar") && !path.contains(File.pathSeparator)) {
      return Path.of(path).toAbsolutePath().normalize();
    }
    CodeSource source = ShippedModel.class.getProtectionDomain().getCodeSource();
    URL place = source == null ? null : source.getLocation();
    try {
      return place == null ? null : Path.of(place.toURI());
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException _) {
      return null; // classes that lie in no folder, such as inside another jar
    }
  }
}
