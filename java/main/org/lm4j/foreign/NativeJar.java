package org.lm4j.foreign;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks native libraries from a jar on the class path, once, into a cache folder from which the
 * system's loader can open them.
 *
 * <p>Any number of processes may unpack at the same time: each writes its own folder and renames it
 * into place, and later ones use the folder of the first.
 *
 * <p>A loaded library can do everything that this process can. Therefore a cache folder is used
 * only where no other user can write, see {@link PrivateFolder}, and only if each file has the
 * length and checksum recorded in the jar; otherwise the files are unpacked into a fresh folder,
 * which is removed at exit.
 */
public final class NativeJar {
  private final String resources;
  private final List<String> files;
  private final String folder;

  /**
   * @param resources the folder inside the jar, with a trailing slash
   * @param files the names of the files there that belong together
   * @param folder the name of the cache folder, including the version
   */
  public NativeJar(String resources, List<String> files, String folder) {
    this.resources = resources;
    this.files = List.copyOf(files);
    this.folder = folder;
  }

  /** Returns whether the class path has all the files. */
  public boolean isPresent() {
    return files.stream().allMatch(file -> resource(file) != null);
  }

  /**
   * Returns the folder that holds all the files, after unpacking them if necessary.
   *
   * @param caches folders to try in this order; the first that only this user can write is used, or
   *     a fresh one if there is none
   * @throws NativeException if the files cannot be written anywhere
   */
  public Path unpack(List<Path> caches) {
    IOException failure = new IOException("no cache folder can be used");
    for (Path cache : caches) {
      try {
        return unpackInto(PrivateFolder.at(cache).resolve(folder));
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    try {
      Path fresh = PrivateFolder.fresh();
      copyTo(fresh);
      return fresh;
    } catch (IOException e) {
      e.addSuppressed(failure);
      throw new NativeException(
          "the libraries in the jar cannot be unpacked into any of "
              + caches
              + " or a fresh folder: "
              + e
              + "; set XDG_CACHE_HOME to a folder that only you can write",
          e);
    }
  }

  /** Returns the user's cache folder for lm4j, then the temporary folder. */
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
    Path fresh =
        Files.createTempDirectory(Objects.requireNonNull(target.getParent()), folder + ".");
    Path broken = fresh.resolveSibling(fresh.getFileName() + ".broken");
    try {
      copyTo(fresh);
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !isWhole(target)) {
        Files.move(target, broken);
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
      PrivateFolder.delete(fresh);
      PrivateFolder.delete(broken);
    }
  }

  private void copyTo(Path target) throws IOException {
    for (String file : files) {
      try (InputStream in = connect(file).getInputStream()) {
        Files.copy(in, target.resolve(file));
      }
    }
  }

  /** Returns whether the files exist, are ours, and match the jar. */
  private boolean isWhole(Path target) throws IOException {
    if (!PrivateFolder.isOwn(target, true)) {
      return false;
    }
    for (String file : files) {
      Path path = target.resolve(file);
      URLConnection inJar = connect(file);
      if (!PrivateFolder.isOwn(path, false)
          || Files.size(path) != inJar.getContentLengthLong()
          || checksum(Files.newInputStream(path)) != checksum(inJar)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the checksum from the jar's directory if there is one: computing it would take longer
   * than the rest.
   */
  private static long checksum(URLConnection connection) throws IOException {
    if (connection instanceof JarURLConnection jar) {
      long known = jar.getJarEntry().getCrc();
      if (known >= 0) {
        return known;
      }
    }
    return checksum(connection.getInputStream());
  }

  private static long checksum(InputStream in) throws IOException {
    CRC32 sum = new CRC32();
    byte[] buffer = new byte[1 << 16];
    try (in) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        sum.update(buffer, 0, count);
      }
    }
    return sum.getValue();
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
}
