package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/**
 * The archive of {@code scripts/dist}, unpacked elsewhere: read-only, in a folder with a space in
 * its name, with no Java to be found. Run by {@code scripts/check -Dlm4j.test.dist=true
 * -Dtest=DistTest} after a build, since it takes half a minute and needs the jar.
 */
@Timeout(300)
@Tag("slow")
class DistTest {
  private static final long MOST_BYTES = 70_000_000;
  private static final long MOST_BYTES_GPU = 20_000_000;

  @TempDir private Path folder;

  private record Ran(int code, String out) {}

  @Test
  void theArchiveRunsWhereThereIsNoJava() throws Exception {
    Need.DIST.check(Boolean.getBoolean("lm4j.test.dist"), "wants -Dlm4j.test.dist=true");
    Path jdk = Path.of(System.getProperty("java.home"));
    Need.JLINK.check(Files.isExecutable(jdk.resolve("bin/jlink")), "no jlink in " + jdk);
    Ran made = run(List.of("scripts/dist"), "JAVA_HOME=" + jdk, "PATH=" + System.getenv("PATH"));
    assertThat(made.code()).as(made.out()).isZero();
    Path archive = Path.of(made.out().lines().filter(l -> l.endsWith(".tar.gz")).findFirst().get());
    assertThat(Files.size(archive)).isLessThan(MOST_BYTES);

    Path place = Files.createDirectories(folder.resolve("some place"));
    assertThat(run(List.of("tar", "-C", place.toString(), "-xzf", archive.toString())).code())
        .isZero();
    Path tree = place.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
    setWritable(tree, false);
    try {
      runEverything(tree);
    } finally {
      setWritable(tree, true);
    }
  }

  @Test
  void theArchiveForGpusIsSmallAndComputesWithoutOpenBlas() throws Exception {
    Need.DIST.check(Boolean.getBoolean("lm4j.test.dist"), "wants -Dlm4j.test.dist=true");
    Path jdk = Path.of(System.getProperty("java.home"));
    Need.JLINK.check(Files.isExecutable(jdk.resolve("bin/jlink")), "no jlink in " + jdk);
    Need.SHELL.program("xz");
    Ran made =
        run(List.of("scripts/dist", "--gpu"), "JAVA_HOME=" + jdk, "PATH=" + System.getenv("PATH"));
    assertThat(made.code()).as(made.out()).isZero();
    Path archive = Path.of(made.out().lines().filter(l -> l.endsWith(".tar.xz")).findFirst().get());
    assertThat(Files.size(archive)).isLessThan(MOST_BYTES_GPU);
    assertThat(run(List.of("tar", "-C", folder.toString(), "-xJf", archive.toString())).code())
        .isZero();
    Path tree = folder.resolve(archive.getFileName().toString().replace("-gpu.tar.xz", ""));
    Ran trained =
        run(
            List.of(
                tree.resolve("bin/lm").toString(),
                "train",
                "--corpus=" + tree.resolve("README.md"),
                "--model=" + folder.resolve("model"),
                "--steps=3",
                "--device=cpu"));
    assertThat(trained.code()).as(trained.out()).isZero();
  }

  private void runEverything(Path tree) throws Exception {
    String lm = tree.resolve("bin/lm").toString();
    String java = tree.resolve("models/java-source").toString();
    String model = folder.resolve("model").toString();
    String text = tree.resolve("README.md").toString();
    List<List<String>> commands =
        List.of(
            List.of(lm, "doctor"),
            List.of(lm, "generate", "--prompt", "The", "--length", "40"),
            List.of(lm, "generate", "--model", java, "--prompt", "public ", "--length", "40"),
            List.of(lm, "train", "--corpus", text, "--model", model, "--steps", "5"),
            List.of(lm, "eval", "--model", model, "--corpus", text),
            List.of(lm, "info", model),
            List.of(lm, "verify"));
    for (List<String> command : commands) {
      Ran ran = run(command, "PATH=/usr/bin:/bin", "XDG_CACHE_HOME=" + folder.resolve("cache"));
      assertThat(ran.code()).as(command + ": " + ran.out()).isZero();
      assertThat(ran.out()).doesNotContain("[aot", "[cds", "incubator", "preparing", "auto took");
    }
    Ran served = run(List.of("timeout", "8", lm, "serve", "--port", "0"), "PATH=/usr/bin:/bin");
    assertThat(served.out()).contains("serving english at http://127.0.0.1:");
    List<String> heard = new ArrayList<>(List.of(lm, "--version"));
    Ran cached =
        run(heard, "PATH=/usr/bin:/bin", "LM4J_JAVA_OPTS=-Xlog:aot,class+path=info:stdout");
    assertThat(cached.out()).as("the cache fits after the move").contains("validation: passed");
    assertThat(cached.out()).doesNotContain("Unable to", "mismatch");
    if (Files.exists(tree.resolve("lib/lm4j-generate.aot"))) { // made by machine code
      List<String> writing = List.of(lm, "generate", "--length", "1");
      Ran linked =
          run(writing, "PATH=/usr/bin:/bin", "LM4J_JAVA_OPTS=-Xlog:aot,class+path=info:stdout");
      assertThat(linked.out()).as("that of generation, too").contains("validation: passed");
      assertThat(linked.out()).doesNotContain("Unable to", "mismatch");
    }
  }

  private static Ran run(List<String> command, String... environment) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (environment.length > 0) {
      builder.environment().clear();
    }
    for (String setting : environment) {
      int equals = setting.indexOf('=');
      builder.environment().put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), out);
  }

  private static void setWritable(Path tree, boolean writable) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.toList()) {
        var permissions = Files.getPosixFilePermissions(path);
        var owner = PosixFilePermissions.fromString("-w-------");
        if (writable ? permissions.addAll(owner) : permissions.removeAll(owner)) {
          Files.setPosixFilePermissions(path, permissions);
        }
      }
    }
  }
}
