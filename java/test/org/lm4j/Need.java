package org.lm4j;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A requirement that a test has of its machine. Where the machine lacks it the test is skipped, or
 * fails if the environment variable {@code LM4J_REQUIRE} lists the need: {@code
 * LM4J_REQUIRE=gcc,cuda-headers,data mvn verify} is for a machine that has all three, so that none
 * of their tests can be left out unnoticed.
 */
public enum Need {
  /** The corpora and data sets, under {@code LM4J_DATA} or {@code ../shared/data}. */
  DATA,
  /** gcc, g++ and make, which build the test doubles of the CUDA libraries. */
  GCC,
  /** The CUDA compiler. */
  NVCC,
  /** The headers of CUDA, cuBLAS, cuDNN and NCCL. */
  CUDA_HEADERS,
  /** The shared libraries of CUDA, cuBLAS, cuDNN and NCCL. */
  CUDA_LIBRARIES,
  /** Python 3, which runs the tests of {@code scripts/bench}. */
  PYTHON,
  /** Chromium, which draws the charts. */
  CHROMIUM,
  /** bash and sh, which run the scripts. */
  SHELL,
  /** The shell fish, which completes commands. */
  FISH,
  /** Small programs of a Unix system: kill, flock, mkfifo, yes. */
  PROGRAMS,
  /** The program mpirun and its library, of Open MPI or MPICH. */
  MPI,
  /** The header mpi.h of Open MPI or MPICH. */
  MPI_HEADERS,
  /** Devices of a Unix system: {@code /dev/full}, {@code /dev/null}. */
  DEVICES,
  /** File systems with POSIX permissions. */
  POSIX,
  /** The native library in the OpenBLAS jar for this platform. */
  OPENBLAS,
  /** Vector registers as wide as the test's. */
  VECTORS,
  /** A JDK with jlink. */
  JLINK,
  /** The superuser, who can give files away. */
  ROOT,
  /** A user who cannot write everywhere. */
  USER,
  /** A machine without a GPU. */
  NO_GPU,
  /** cuDNN's own log turned off. */
  NO_CUDNN_LOG,
  /** The system property {@code lm4j.test.dist}, with which the archive is built and run. */
  DIST;

  private static final String VARIABLE = "LM4J_REQUIRE";

  /** The name by which {@code LM4J_REQUIRE} lists it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Skips the calling test if the machine lacks what it needs, or fails it if that is required.
   *
   * @param present whether the machine has it
   * @param missing what to say if it does not
   */
  public void check(boolean present, String missing) {
    check(present, missing, System.getenv().getOrDefault(VARIABLE, ""));
  }

  /** Checks that a program is on the path; see {@link #check(boolean, String)}. */
  public void program(String name) {
    boolean found =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    check(found, name + " is not installed");
  }

  /** Checks that a program is where it usually is; see {@link #check(boolean, String)}. */
  public void executable(String path) {
    check(Files.isExecutable(Path.of(path)), path + " is not installed");
  }

  /** Checks a requirement by the value of the variable. */
  void check(boolean present, String missing, String required) {
    Set<String> words =
        Stream.of(required.split(",", -1))
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    boolean demanded = words.contains(word());
    words.removeAll(words());
    if (!words.isEmpty()) {
      fail(VARIABLE + " lists unknown needs " + words + "; known are " + words());
    }
    if (!present && demanded) {
      fail(missing + ", and " + VARIABLE + " lists " + word());
    }
    Assumptions.assumeTrue(present, missing);
  }

  private static Set<String> words() {
    return Stream.of(values()).map(Need::word).collect(Collectors.toCollection(TreeSet::new));
  }
}
