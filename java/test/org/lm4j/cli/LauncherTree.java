package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/**
 * A temporary tree with a copy of {@code scripts/lm} and a fake java, for tests of the launcher.
 * The copy reads what the processor can do in a file of the tree, which is not there at first.
 */
abstract class LauncherTree {
  record Ran(int code, String out, String err) {}

  @TempDir Path folder;
  Path launcher;
  Path jar;

  @BeforeEach
  void copyTheLauncher() throws IOException {
    Need.SHELL.executable("/bin/bash");
    launcher = Files.createDirectories(folder.resolve("a tree/scripts")).resolve("lm");
    String text = Files.readString(Path.of("scripts/lm"));
    Files.writeString(launcher, text.replace("/proc/cpuinfo", "\"$root\"/cpuinfo"));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(folder.resolve("a tree/target"));
    jar = Files.writeString(folder.resolve("a tree/target/lm4j.jar"), "");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(3600)));
    cache(""); // says that none can be made
    Files.createDirectories(folder.resolve("jdk/bin"));
    Files.writeString(
        folder.resolve("jdk/release"),
        "JAVA_RUNTIME_VERSION=\"25.0.3\"\nJAVA_VERSION=\"25.0.3\"\n");
    java("echo unused");
  }

  Path target() {
    return folder.resolve("a tree/target");
  }

  /** A cache as one made from the jar. */
  void cache(String content) throws IOException {
    Files.writeString(cache(), content);
    Files.setLastModifiedTime(cache(), Files.getLastModifiedTime(jar));
  }

  Path cache() {
    return jar.resolveSibling("lm4j-25.0.3.jsa");
  }

  /** What the fake java does; it gets all arguments of java. */
  void java(String script) throws IOException {
    Path java = folder.resolve("jdk/bin/java");
    Files.writeString(java, "#!/bin/bash\n" + script + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  Ran run(String stdin, String... arguments) throws Exception {
    return run(start(launcher, arguments), stdin);
  }

  static Ran run(Process process, String stdin) throws Exception {
    try (var in = process.getOutputStream()) {
      in.write(stdin.getBytes(UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), out, err);
  }

  Process start(Path program, String... arguments) throws IOException {
    return start(program, Map.of("LM4J_JAVA_OPTS", "-Duser=1 -Xmx9g"), arguments);
  }

  /**
   * Starts the launcher from a shell that ends once the standard error of the launcher has ended,
   * which a separate process filters: {@link Process} drops what comes after the child's end.
   */
  Process start(Path program, Map<String, String> environment, String... arguments)
      throws IOException {
    String whole = "{ \"$0\" \"$@\" 2>&1 >&3 3>&- | cat >&2 3>&-; exit ${PIPESTATUS[0]}; } 3>&1";
    return begin(environment, List.of("/bin/bash", "-c", whole, program.toString()), arguments);
  }

  /** Starts the launcher itself, to send it signals. */
  Process startAlone(String... arguments) throws IOException {
    return begin(Map.of(), List.of(launcher.toString()), arguments);
  }

  private Process begin(Map<String, String> environment, List<String> command, String... arguments)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(Stream.concat(command.stream(), Stream.of(arguments)).toList())
            .directory(new File("/"));
    builder.environment().remove("GLIBC_TUNABLES");
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().putAll(environment);
    return builder.start();
  }
}
