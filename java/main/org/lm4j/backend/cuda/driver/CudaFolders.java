package org.lm4j.backend.cuda.driver;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.NativeException;

/**
 * The folders in which NVIDIA's libraries may lie, in the order in which they are looked through:
 * those the user names by system property {@code lm4j.cuda.libs} or environment variable {@code
 * LM4J_CUDA_LIBS}, the loader's path, CUDA's home, pip's packages, the usual ones, and pip's
 * packages of the Python that is first on the path.
 */
public final class CudaFolders {
  private static final List<String> USUAL =
      List.of(
          "usr/local/cuda/lib64",
          "usr/lib/x86_64-linux-gnu",
          "usr/lib/aarch64-linux-gnu",
          "usr/lib64",
          "usr/lib",
          "usr/lib/wsl/lib",
          "usr/local/nvidia/lib64",
          "usr/local/nvidia/lib",
          "usr/local/lib");

  private static final int MOST_LINKS = 40; // of one path: what the system follows

  private final Map<String, String> environment;
  private final Path root;
  private final List<Path> named;
  private final SequencedSet<Path> all = new LinkedHashSet<>();

  /**
   * @param root where {@code usr} lies
   * @throws NativeException if a folder the user names is none
   */
  public CudaFolders(Properties properties, Map<String, String> environment, Path root) {
    String own = properties.getProperty("lm4j.cuda.libs", "");
    named = folders(own.isEmpty() ? environment.getOrDefault("LM4J_CUDA_LIBS", "") : own);
    for (Path folder : named) {
      if (!Files.isDirectory(folder)) {
        throw new NativeException(
            "lm4j.cuda.libs or LM4J_CUDA_LIBS names " + folder + ", which is not a folder");
      }
    }
    this.environment = environment;
    this.root = root;
  }

  private SequencedSet<Path> all() {
    if (all.isEmpty()) {
      all.addAll(named);
      all.addAll(ofCuda());
      settings(environment, "VIRTUAL_ENV", "CONDA_PREFIX").forEach(this::addPrefix);
      settings(environment, "HOME").forEach(home -> addPrefix(home.resolve(".local")));
      addPrefix(root.resolve("usr/local"));
      addPrefix(root.resolve("usr"));
      all.addAll(usual());
      pythons(environment).forEach(this::addPrefix);
    }
    return all;
  }

  /** Returns the loader's path and CUDA's home. */
  private List<Path> ofCuda() {
    List<Path> found = new ArrayList<>(folders(environment.getOrDefault("LD_LIBRARY_PATH", "")));
    for (Path home : settings(environment, "CUDA_HOME", "CUDA_PATH")) {
      found.add(home.resolve("lib64"));
      found.add(home.resolve("lib"));
    }
    return found;
  }

  private List<Path> usual() {
    List<Path> found = new ArrayList<>();
    for (String folder : USUAL) {
      found.add(root.resolve(folder));
    }
    return found;
  }

  /** Returns the first file of this name. */
  public Optional<Path> find(String name) {
    return first(all(), name);
  }

  /**
   * Returns the first file of this name where systems keep a driver: not among pip's packages,
   * which take longest to look through.
   */
  public Optional<Path> findOfSystem(String name) {
    List<Path> places = ofCuda();
    places.addAll(usual());
    return first(places, name);
  }

  /** Returns the first file of this name in the folders the user names. */
  public Optional<Path> findNamed(String name) {
    return first(named, name);
  }

  /**
   * Returns a folder that holds all files of these names; a folder that the user names need not
   * hold all.
   */
  public Optional<Path> findFolder(List<String> names) {
    return all().stream()
        .filter(folder -> names.stream().allMatch(name -> isFile(folder.resolve(name))))
        .findFirst();
  }

  private static Optional<Path> first(Iterable<Path> folders, String name) {
    for (Path folder : folders) {
      Path file = folder.resolve(name);
      if (isFile(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static boolean isFile(Path file) {
    return Files.isRegularFile(file);
  }

  /**
   * Adds the folders in which pip and conda put libraries below a prefix such as {@code
   * /usr/local}.
   */
  private void addPrefix(Path prefix) {
    for (String lib : new String[] {"lib", "lib64"}) {
      for (Path python : list(prefix.resolve(lib), "python3*")) {
        for (Path packages : list(python, "{site,dist}-packages")) {
          for (Path part : list(packages.resolve("nvidia"), "*")) {
            all.add(part.resolve("lib"));
          }
        }
      }
    }
    if (Files.isDirectory(prefix.resolve("conda-meta"))) {
      all.add(prefix.resolve("lib"));
    }
  }

  /**
   * Returns the possible prefixes of the first {@code python3} on the path: that of each link on
   * the way to the program, and the program's own. A virtual environment's {@code python3} is a
   * link to that of the system, and its packages lie beside the link.
   */
  private static SequencedSet<Path> pythons(Map<String, String> environment) {
    SequencedSet<Path> prefixes = new LinkedHashSet<>();
    for (Path folder : folders(environment.getOrDefault("PATH", ""))) {
      Path first = folder.resolve("python3").toAbsolutePath();
      if (Files.isExecutable(first)) {
        Path python = first;
        for (int links = 0; links < MOST_LINKS && python != null; links++) {
          addPrefixOf(python, prefixes);
          python = target(python);
        }
        return prefixes;
      }
    }
    return prefixes;
  }

  /** Adds the prefix of a program, both as the path names it and with links resolved. */
  private static void addPrefixOf(Path program, SequencedSet<Path> prefixes) {
    Path folder = program.getParent();
    if (folder != null && folder.getParent() != null) {
      prefixes.add(folder.getParent());
    }
    try {
      Path real = folder == null ? null : folder.toRealPath().getParent();
      if (real != null) {
        prefixes.add(real);
      }
    } catch (IOException e) {
      return; // gone meanwhile: it holds nothing for us
    }
  }

  /** Returns the target of a link, one step on; null if it is not a link. */
  private static @Nullable Path target(Path link) {
    try {
      return Files.isSymbolicLink(link)
          ? link.toRealPath(LinkOption.NOFOLLOW_LINKS)
              .resolveSibling(Files.readSymbolicLink(link))
              .normalize()
          : null;
    } catch (IOException e) {
      return null; // gone meanwhile: it holds nothing for us
    }
  }

  private static List<Path> settings(Map<String, String> environment, String... names) {
    List<Path> found = new ArrayList<>();
    for (String name : names) {
      found.addAll(folders(environment.getOrDefault(name, "")));
    }
    return found;
  }

  private static List<Path> folders(String list) {
    List<Path> found = new ArrayList<>();
    for (String folder : list.split(File.pathSeparator, -1)) {
      if (!folder.isEmpty()) {
        try {
          found.add(Path.of(folder));
        } catch (InvalidPathException e) {
          throw new NativeException("'" + folder + "' is not a path of a folder", e);
        }
      }
    }
    return found;
  }

  /**
   * Lists a folder in reverse order, so that newer versions come first; empty if it cannot be read.
   */
  private static List<Path> list(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder) && Files.isReadable(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        return List.of();
      }
    }
    found.sort((a, b) -> b.compareTo(a));
    return found;
  }
}
