package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lm4j.Need;

/** Tests how {@code scripts/lm} makes and uses the cache of classes, with a fake java. */
@Timeout(180)
@Tag("slow")
class LauncherCacheTest extends LauncherTree {
  private static final String PREPARING = "preparing fast starts (once, a few seconds)…\n";

  /** In this order: options that a JVM would refuse come after those that permit them. */
  private static final List<String> FIXED_ADDRESS =
      List.of(
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0");

  /** Reports whether it was given a cache. */
  private static final String USES =
      "[[ $* == *-XX:SharedArchiveFile=*.jsa* ]] && echo cached || echo plain; exit 0";

  /** Makes a cache on request, like the JVM, with a file beside it and a message. */
  private static final String RECORDER =
      "for a; do if [[ $a == -XX:DumpLoadedClassList=* ]]; then"
          + " printf seen >\"${a#*=}\"; echo done; exit 0; fi;"
          + " [[ $a != -XX:SharedClassListFile=* ]] || list=${a#*=};"
          + " if [[ $* == *-Xshare:dump* && $a == -XX:SharedArchiveFile=* ]]; then"
          + " printf '%s and dumped' \"$(<\"$list\")\" >\"${a#*=}\"; exit 0; fi; done; "
          + USES;

  @Test
  void theCacheIsMadeOnceAndUsed() throws Exception {
    Files.delete(cache());
    Files.writeString(jar.resolveSibling("lm4j-24.jsa"), "of another JDK");
    java(RECORDER);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", ""));
    assertThat(cache()).hasContent("seen and dumped");
    assertThat(list(target()))
        .containsExactlyInAnyOrder(
            "lm4j.jar", cache().getFileName().toString(), "lm4j-cache.log", ".lm4j-cache-lock");
  }

  @Test
  void theLibraryWhoseClassFilesAreOldIsRewrittenBeforeTheCacheIsMade() throws Exception {
    Files.delete(cache());
    Path library = Files.createDirectories(target().resolve("lib")).resolve("picocli-4.7.7.jar");
    Files.writeString(library, "old");
    java(
        "for a; do [[ $a != */picocli-*.jar || $* != *RecentClassFiles* ]] || printf recent >\"$a\";"
            + " [[ $* != *-Xshare:dump* || $a != -XX:SharedArchiveFile=* ]] || { cp '"
            + library
            + "' \"${a#*=}\"; exit 0; }; done; "
            + USES);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(cache()).hasContent("recent");
  }

  /** Tests that no rank waits for the others in there, while they wait for the cache. */
  @Test
  void theCacheIsMadeOutsideTheJobThatMpirunStarted() throws Exception {
    Files.delete(cache());
    java(
        RECORDER
            .replace("printf seen", "printf \"MPI ${LM4J_MPI:-auto}\"")
            .replace("echo cached", "echo \"MPI ${LM4J_MPI:-auto}\""));
    Map<String, String> rank = Map.of("OMPI_COMM_WORLD_SIZE", "2", "OMPI_COMM_WORLD_RANK", "0");
    assertThat(run(start(launcher, rank, "x"), "")).isEqualTo(new Ran(0, "MPI auto\n", PREPARING));
    assertThat(cache()).hasContent("MPI off and dumped");
  }

  @Test
  void aNewerJarGetsANewCache() throws Exception {
    Files.writeString(cache(), "old");
    Files.setLastModifiedTime(cache(), FileTime.from(Instant.now().minusSeconds(7200)));
    java(RECORDER);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(cache()).hasContent("seen and dumped");
  }

  /** Tests a cache from a machine whose clock is ahead, or with a changed date. */
  @Test
  void aJarFromTheFutureGetsItsCacheOnceToo() throws Exception {
    Files.delete(cache());
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(7200)));
    java(RECORDER);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", ""));
  }

  /** Tests damaged caches, since a JVM that maps one unchecked crashes. */
  @Test
  void aDamagedCacheIsNotUsed() throws Exception {
    java("printf '%s\\n' \"$@\"");
    cache("recorded");
    List<String> flags =
        run("", "x").out().lines().filter(flag -> flag.matches("-X(X:(?!Shared)|log).*")).toList();
    assertThat(flags).contains("-XX:+VerifySharedSpaces", "-XX:+UseSerialGC");
    assertThat(flags).containsSubsequence(FIXED_ADDRESS);
    Path program = folder.resolve("program.jar");
    String name = SmallProgram.class.getName();
    try (var out = new JarOutputStream(Files.newOutputStream(program));
        var in = SmallProgram.class.getResourceAsStream("SmallProgram.class")) {
      out.putNextEntry(new JarEntry(name.replace('.', '/') + ".class"));
      Objects.requireNonNull(in).transferTo(out);
    }
    Path list = folder.resolve("made.classes");
    Path made = folder.resolve("made.jsa");
    List<String> rest = List.of("-cp", program.toString(), name);
    assertThat(really(List.of("-XX:+UseSerialGC", "-XX:DumpLoadedClassList=" + list), rest))
        .isZero();
    List<String> dump = List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list);
    assertThat(
            really(
                dump,
                List.of(
                    "-XX:SharedArchiveFile=" + made,
                    "-XX:+UseSerialGC",
                    "-cp",
                    program.toString())))
        .isZero();
    byte[] whole = Files.readAllBytes(made);
    List<String> using = new ArrayList<>(flags);
    using.add("-XX:SharedArchiveFile=" + made);
    for (int place = 1; place < 8; place += 2) {
      byte[] damaged = whole.clone();
      int from = (int) ((long) whole.length * place / 8);
      Arrays.fill(damaged, from, from + 4096, (byte) (0x55 + place));
      Files.write(made, damaged);
      assertThat(really(using, rest)).as("damaged at %d of %d", from, whole.length).isZero();
    }
  }

  /** Exit code of a real JVM. */
  private int really(List<String> flags, List<String> rest) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(rest);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .directory(folder.toFile())
            .start();
    return process.waitFor();
  }

  @Test
  void aCacheThatCannotBeMadeIsDoneWithoutAndNotTriedAgain() throws Exception {
    Files.delete(cache());
    java("[[ $* != *-Xshare:dump* ]] || { echo noise; exit 3; }; " + USES);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "plain\n", PREPARING));
    assertThat(run("", "x")).isEqualTo(new Ran(0, "plain\n", ""));
  }

  @Test
  void aFolderThatCannotBeWrittenGoesWithout() throws Exception {
    Files.delete(cache());
    java(RECORDER);
    Path target = target();
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      Need.USER.check(!Files.isWritable(target), "this user may write everywhere");
      assertThat(run("", "x")).isEqualTo(new Ran(0, "plain\n", ""));
    } finally {
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void flagsThatTheCacheWouldNotFitTurnItOff() throws Exception {
    cache("recorded");
    java(USES);
    assertThat(run("", "x").out()).isEqualTo("cached\n");
    assertThat(run(start(launcher, Map.of("LM4J_JAVA_OPTS", "-XX:+UseZGC"), "x"), "").out())
        .isEqualTo("plain\n");
    assertThat(run(start(launcher, Map.of("JAVA_TOOL_OPTIONS", "-Xshare:off"), "x"), "").out())
        .isEqualTo("plain\n");
    assertThat(run(start(launcher, Map.of("LM4J_NO_CACHE", "1"), "x"), "").out())
        .isEqualTo("plain\n");
  }

  @Test
  void severalFirstStartsMakeOneCache() throws Exception {
    Need.PROGRAMS.executable("/usr/bin/flock");
    Files.delete(cache());
    java("[[ $* != *-Xshare:dump* ]] || echo made >>'" + folder + "/made'; " + RECORDER);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(start(launcher, "x"));
    }
    for (Process process : processes) {
      assertThat(run(process, "").out()).isEqualTo("cached\n");
    }
    assertThat(folder.resolve("made")).hasContent("made");
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }
}
