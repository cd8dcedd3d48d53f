package org.lm4j.foreign;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Native libraries that lie in a jar on the class path, unpacked once into a cached folder from
 * which the system's loader can open them.
 *
 * <p>Any number of processes may unpack at the same time: each writes a folder of its own and
 * renames it into place, and whoever comes second takes what the first has left.
 */
public final class NativeJar {
  private final String resources;
  private final List<String> files;
  private final String folder;

  /**
   * @param resources folder inside the jar, with a slash at its end
   * @param files names of the files there that belong together
   * @param folder name of the cached folder; carries the version
   */
  public NativeJar(String resources, List<String> files, String folder) {
    this.resources = resources;
    this.files = List.copyOf(files);
    this.folder = folder;
  }

  /** Whether the class path holds all the files. */
  public boolean isPresent() {
    return files.stream().allMatch(file -> resource(file) != null);
  }

  /**
   * The folder that holds all the files, unpacked if they were not.
   *
   * @param caches folders to try in this order; the first that can be written is used
   * @throws NativeException if the files cannot be written to any of them
   */
  public Path unpack(List<Path> caches) {
    IOException first = null;
    for (Path cache : caches) {
      try {
        return unpackInto(cache.resolve(folder));
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    throw new NativeException(
        "the libraries in the jar cannot be unpacked into any of "
            + caches
            + (first == null ? "" : ": " + first)
            + "; set XDG_CACHE_HOME to a folder that can be written",
        first == null ? new IOException("no folder given") : first);
  }

  /** The user's cache folder for lm4j, then the temporary folder. */
  public static List<Path> defaultCaches(Map<String, String> environment) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"), "lm4j-" + user());
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!xdg.isEmpty()) {
      return List.of(Path.of(xdg, "lm4j"), temporary);
    }
    return Optional.ofNullable(System.getProperty("user.home"))
        .map(home -> List.of(Path.of(home, ".cache", "lm4j"), temporary))
        .orElse(List.of(temporary));
  }

  private static String user() {
    return System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9_-]", "_");
  }

  private Path unpackInto(Path target) throws IOException {
    if (isWhole(target)) {
      return target;
    }
    Path parent = target.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException("no folder to unpack into: " + target);
    }
    Files.createDirectories(parent);
    Path fresh = Files.createTempDirectory(parent, folder + ".");
    try {
      for (String file : files) {
        try (InputStream in = connect(file).getInputStream()) {
          Files.copy(in, fresh.resolve(file));
        }
      }
      if (Files.exists(target) && !isWhole(target)) {
        Files.move(target, fresh.resolveSibling(fresh.getFileName() + ".broken"));
      }
      try {
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (!isWhole(target)) { // else another process was first
          throw e;
        }
      }
      return target;
    } finally {
      delete(fresh);
      delete(fresh.resolveSibling(fresh.getFileName() + ".broken"));
    }
  }

  private boolean isWhole(Path target) throws IOException {
    for (String file : files) {
      Path path = target.resolve(file);
      if (!Files.isRegularFile(path) || Files.size(path) != connect(file).getContentLengthLong()) {
        return false;
      }
    }
    return true;
  }

  private URLConnection connect(String file) throws IOException {
    URL url = resource(file);
    if (url == null) {
      throw new IOException("no " + resources + file + " on the class path");
    }
    return url.openConnection();
  }

  private @Nullable URL resource(String file) {
    return NativeJar.class.getClassLoader().getResource(resources + file);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        Files.delete(path);
      }
    }
    Files.delete(folder);
  }
}
