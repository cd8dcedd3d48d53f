package org.lm4j.parallel.mpi;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Finds an MPI library: the one the user names by system property {@code lm4j.mpi} or environment
 * variable {@code LM4J_MPI}, a path or a name known to the system's loader, then the one that
 * belongs to the program that started this process, then any.
 */
public final class MpiLibrary {
  private static final List<String> OPEN_MPI = List.of("libmpi.so.40");
  private static final List<String> MPICH = List.of("libmpich.so.12", "libmpi.so.12");
  private static final List<String> STANDARD = List.of("libmpi_abi.so.0", "libmpi_abi.so.1");
  private static final List<String> ANY = List.of("libmpi.so");
  private static final List<String> OF_MAC =
      List.of(
          "libmpi.dylib",
          "/opt/homebrew/lib/libmpi.dylib",
          "/usr/local/lib/libmpi.dylib",
          "/opt/local/lib/openmpi-mp/libmpi.dylib");

  private MpiLibrary() {}

  /**
   * Opens the first there is.
   *
   * @param starter of this process; null if it was started alone
   * @throws NativeException if the user's cannot be opened, or there is none
   */
  public static Mpi open(Launch.@Nullable Starter starter) {
    return open(starter, System.getProperties(), System.getenv());
  }

  static Mpi open(
      Launch.@Nullable Starter starter, Properties properties, Map<String, String> environment) {
    String named = properties.getProperty("lm4j.mpi", "");
    if (named.isEmpty()) {
      named = environment.getOrDefault("LM4J_MPI", "");
    }
    if (!named.isEmpty() && !named.equals("off")) { // see Launch.of
      try {
        return new Mpi(library(named));
      } catch (NativeException e) {
        throw new NativeException(
            "the MPI library given by lm4j.mpi or LM4J_MPI cannot be used: " + e.getMessage(), e);
      }
    }
    List<String> candidates = candidates(starter, System.getProperty("os.name", ""));
    for (String candidate : candidates) {
      NativeLibrary library;
      try {
        library = library(candidate);
      } catch (NativeException e) {
        continue; // the next may be there
      }
      return new Mpi(library);
    }
    throw new NativeException(
        "no MPI library was found, of "
            + String.join(", ", candidates)
            + "; install one (Debian: apt install openmpi-bin), or set LM4J_MPI to its path");
  }

  private static NativeLibrary library(String named) {
    return named.contains("/") || named.contains("\\")
        ? NativeLibrary.open(Path.of(named))
        : NativeLibrary.open(named);
  }

  /** Returns the files to try, in this order. */
  static List<String> candidates(Launch.@Nullable Starter starter, String os) {
    if (os.toLowerCase(Locale.ROOT).startsWith("mac")) {
      return OF_MAC;
    }
    List<String> names = new ArrayList<>();
    if (starter == Launch.Starter.HYDRA) {
      names.addAll(MPICH);
      names.addAll(STANDARD);
      names.addAll(ANY);
      names.addAll(OPEN_MPI);
      return names;
    }
    names.addAll(OPEN_MPI);
    names.addAll(ANY);
    names.addAll(MPICH);
    names.addAll(STANDARD);
    return names;
  }
}
