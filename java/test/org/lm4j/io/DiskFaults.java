package org.lm4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Disks that fail and processes that are killed, at any change of a file that has to survive it.
 */
public final class DiskFaults {
  private DiskFaults() {}

  /** The work done while the disk is watched. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void run() throws IOException;
  }

  /** Which change of those below a folder, counted from 1. */
  @FunctionalInterface
  public interface Choice {
    /** Whether a copy is wanted before this one. */
    boolean takes(int number, String what, Path file);
  }

  /** Copies a folder before each chosen change in it: what is left if a process is killed there. */
  public static List<Path> copies(Path folder, Path into, Choice choice, Work work)
      throws IOException {
    List<Path> copies = new ArrayList<>();
    int[] count = {0};
    watch(
        folder,
        (what, file) -> {
          if (choice.takes(++count[0], what, file)) {
            Path copy = into.resolve("%04d-%s-%s".formatted(count[0], what, file.getFileName()));
            copy(folder, copy);
            copies.add(copy);
          }
        },
        work);
    return copies;
  }

  /** Lets one change below a folder fail; returns whether there were as many. */
  public static boolean failing(Path folder, int number, Work work) throws IOException {
    int[] count = {0};
    watch(
        folder,
        (what, file) -> {
          if (++count[0] == number) {
            throw new IOException("Input/output error");
          }
        },
        work);
    return count[0] >= number;
  }

  private static void watch(Path folder, DiskChanges.Observer observer, Work work)
      throws IOException {
    DiskChanges.observe(
        (what, file) -> {
          if (file.startsWith(folder)) {
            observer.before(what, file);
          }
        });
    try {
      work.run();
    } finally {
      DiskChanges.observe(null);
    }
  }

  /** Copies a folder with all that is in it. */
  public static void copy(Path folder, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(folder.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
