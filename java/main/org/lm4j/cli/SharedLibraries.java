package org.lm4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where shared libraries of others lie, found by looking for files: nothing is opened. */
final class SharedLibraries {
  private static final List<String> USUAL =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/lib/wsl/lib",
          "/usr/local/cuda/lib64",
          "/usr/local/lib");

  private final List<Path> folders;

  private SharedLibraries(List<Path> folders) {
    this.folders = folders;
  }

  /** The folders of the loader's path, of CUDA_HOME, of pip's packages, and the usual ones. */
  static SharedLibraries of(Map<String, String> environment) {
    List<Path> folders = new ArrayList<>();
    for (String folder :
        environment.getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator, -1)) {
      add(folder, folders);
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = environment.getOrDefault(variable, "");
      if (!home.isEmpty()) {
        folders.add(Path.of(home, "lib64"));
        folders.add(Path.of(home, "lib"));
      }
    }
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      addPip(environment.getOrDefault(variable, ""), folders);
    }
    String home = environment.getOrDefault("HOME", "");
    addPip(home.isEmpty() ? "" : home + "/.local", folders);
    addPip("/usr/local", folders);
    USUAL.forEach(folder -> add(folder, folders));
    return new SharedLibraries(folders);
  }

  /** The first file with one of these names. */
  Optional<Path> find(String... names) {
    for (String name : names) {
      for (Path folder : folders) {
        if (Files.isRegularFile(folder.resolve(name))) {
          return Optional.of(folder.resolve(name));
        }
      }
    }
    return Optional.empty();
  }

  private static void add(String folder, List<Path> folders) {
    if (!folder.isEmpty()) {
      folders.add(Path.of(folder));
    }
  }

  private static void addPip(String root, List<Path> folders) {
    Path lib = Path.of(root, "lib");
    if (root.isEmpty() || !Files.isDirectory(lib)) {
      return;
    }
    for (Path python : list(lib, "python3*")) {
      for (Path packages : list(python, "{site,dist}-packages")) {
        for (Path part : list(packages.resolve("nvidia"), "*")) {
          folders.add(part.resolve("lib"));
        }
      }
    }
  }

  /** What cannot be read holds nothing for us. */
  private static List<Path> list(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    if (Files.isReadable(folder) && Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        return List.of();
      }
    }
    return found;
  }
}
