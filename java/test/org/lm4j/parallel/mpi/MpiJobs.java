package org.lm4j.parallel.mpi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.lm4j.Need;

/** Jobs of several JVMs, started by the {@code mpirun}s of this machine. */
final class MpiJobs {
  private static final List<String> JAVA =
      List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "--enable-native-access=ALL-UNNAMED",
          "-XX:TieredStopAtLevel=1", // plain loops compiled quickly: the jobs are small
          "-XX:+UseSerialGC",
          "-Xss8m",
          "-cp",
          System.getProperty("java.class.path"));

  private MpiJobs() {}

  /**
   * Returns the programs that start processes here: those of Open MPI, of MPICH, or one of them.
   */
  static List<String> starters() {
    List<String> found = new ArrayList<>();
    for (String name : List.of("mpirun.openmpi", "mpirun.mpich")) {
      if (isOnPath(name)) {
        found.add(name);
      }
    }
    if (found.isEmpty() && isOnPath("mpirun")) {
      found.add("mpirun");
    }
    return found;
  }

  /** Returns a starter; skips the calling test where there is none. */
  static String starter() {
    List<String> found = starters();
    Need.MPI.check(!found.isEmpty(), "mpirun is not installed");
    return found.getFirst();
  }

  private static boolean isOnPath(String name) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }

  /** Returns the command that starts a class on so many ranks. */
  static List<String> command(String starter, int ranks, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(starter, "-n", Integer.toString(ranks)));
    Process version = new ProcessBuilder(starter, "--version").redirectErrorStream(true).start();
    String said = new String(version.getInputStream().readAllBytes(), UTF_8);
    version.waitFor();
    if (said.contains("Open MPI") || said.contains("OpenRTE")) {
      command.addAll(List.of("--oversubscribe", "--bind-to", "none", "--allow-run-as-root"));
    }
    command.addAll(JAVA);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs a job to its end, and returns what it printed. */
  static String run(int code, List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed).isEqualTo(code);
    return printed;
  }
}
