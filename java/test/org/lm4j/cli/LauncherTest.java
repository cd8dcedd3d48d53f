package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
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
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Tests {@code scripts/lm} with a fake java, in a temporary tree. */
@Timeout(180)
@Tag("slow")
class LauncherTest {
  private static final String INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector";

  private static final String PREPARING = "preparing fast starts (once, a few seconds)…\n";

  /** Reports whether it was given a cache. */
  private static final String USES =
      "[[ $* == *-XX:AOTCache=*.aot* ]] && echo cached || echo plain; exit 0";

  /** Makes a cache on request, like the JVM, with a file beside it and a message. */
  private static final String RECORDER =
      "for a; do if [[ $a == -XX:AOTCacheOutput=* ]]; then"
          + " printf recorded >\"${a#*=}\"; touch \"${a#*=}.config\"; echo done; exit 0; fi; done; "
          + USES;

  @TempDir private Path folder;
  private Path launcher;
  private Path jar;

  private record Ran(int code, String out, String err) {}

  @BeforeEach
  void copyTheLauncher() throws IOException {
    Need.SHELL.executable("/bin/bash");
    launcher = Files.createDirectories(folder.resolve("a tree/scripts")).resolve("lm");
    Files.copy(Path.of("scripts/lm"), launcher);
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

  @Test
  void theWarningIsDroppedAndNothingElse() throws Exception {
    java(
        "printf '%s\\n' '" + INCUBATOR + "' 'second' '" + INCUBATOR + "' >&2; printf 'no end' >&2");
    assertThat(run("", "x").err()).isEqualTo("second\n" + INCUBATOR + "\nno end");
  }

  @Test
  void withoutTheWarningEverythingPasses() throws Exception {
    java("printf 'first\\nsecond\\n' >&2");
    assertThat(run("", "x").err()).isEqualTo("first\nsecond\n");
    java("printf 'no end' >&2");
    assertThat(run("", "x").err()).isEqualTo("no end");
    java("true");
    assertThat(run("", "x").err()).isEmpty();
  }

  @Test
  void linesAboutJavaOptionsMayComeBeforeTheWarning() throws Exception {
    String picked = "Picked up JAVA_TOOL_OPTIONS: -Dx=y";
    java("printf '%s\\n' '" + picked + "' '" + INCUBATOR + "' after >&2");
    assertThat(run("", "x").err()).isEqualTo(picked + "\nafter\n");
  }

  @Test
  void argumentsStdinStdoutAndExitCodePassUnchanged() throws Exception {
    java("shift \"$(($# - 3))\"; printf '<%s>' \"$@\"; cat; exit 7");
    Ran ran = run("from stdin", "a b", "", "$x*");
    assertThat(ran).isEqualTo(new Ran(7, "<a b><><$x*>from stdin", ""));
  }

  @Test
  void theFlagsEndWithTheJarAndTakeTheUsersIn() throws Exception {
    java("printf '%s\\n' \"$@\"");
    List<String> arguments = run("", "x").out().lines().toList();
    assertThat(arguments)
        .containsSequence("--add-modules", "jdk.incubator.vector")
        .containsSequence("-Duser=1", "-Xmx9g", "-jar")
        .endsWith(folder.resolve("a tree").toRealPath() + "/target/lm4j.jar", "x");
  }

  /**
   * Tests a locale that the machine lacks, such as one passed on by ssh: Java would read arguments
   * as ASCII.
   */
  @Test
  void aLocaleThatIsNotInstalledIsReplaced() throws Exception {
    java("printf '%s' \"$LC_ALL\"");
    assertThat(localeGiven("xx_XX.UTF-8")).isEqualTo("C.UTF-8");
    assertThat(localeGiven("C")).isEqualTo("C.UTF-8");
    assertThat(localeGiven("C.utf8")).isEqualTo("C.utf8");
  }

  /** Not in place of what the user has set, even if that is nothing. */
  @Test
  void hugePagesAreAskedFor() throws Exception {
    java("printf '%s' \"$GLIBC_TUNABLES\"");
    for (String given : new String[] {"", "glibc.malloc.check=0"}) {
      Map<String, String> environment = Map.of("GLIBC_TUNABLES", given);
      assertThat(run(start(launcher, environment, "x"), "").out()).isEqualTo(given);
    }
    assertThat(run("", "x").out()).isEqualTo("glibc.malloc.hugetlb=1");
  }

  private String localeGiven(String locale) throws Exception {
    return run(start(launcher, Map.of("LC_ALL", locale), "x"), "").out();
  }

  @Test
  void aProgressLineIsSeenBeforeItsEnd() throws Exception {
    java("printf '%s\\n' '" + INCUBATOR + "' >&2; printf '\\rlive' >&2; read -r line; echo $line");
    Process process = start(launcher, "x");
    assertThat(process.getErrorStream().readNBytes(5)).isEqualTo("\rlive".getBytes(UTF_8));
    process.getOutputStream().write("go\n".getBytes(UTF_8));
    process.getOutputStream().flush();
    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("go\n");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void signalsReachJavaAndItsAnswerCounts() throws Exception {
    java(
        "trap 'echo term; exit 143' TERM; echo ready;" + " for i in {1..100}; do sleep 0.05; done");
    Process process = startAlone("x");
    assertThat(process.getInputStream().readNBytes(6)).isEqualTo("ready\n".getBytes(UTF_8));
    process.toHandle().destroy(); // Process.destroy would close the streams.
    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("term\n");
    assertThat(process.waitFor()).isEqualTo(143);
  }

  @Test
  void noProcessIsLeftBehindByAKill() throws Exception {
    java("echo ready; exec sleep 300");
    Process process = startAlone("x");
    assertThat(process.getInputStream().readNBytes(6)).isEqualTo("ready\n".getBytes(UTF_8));
    process.toHandle().destroyForcibly();
    // The end of both streams shows that neither java nor the filter lives on.
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    assertThat(process.getErrorStream().readAllBytes()).isEmpty();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void itWorksThroughLinksAndFromElsewhere() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a tree/scripts/lm"));
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path second = Files.createSymbolicLink(bin.resolve("lm"), Path.of("../link"));
    java("echo found");
    assertThat(run(start(link, "x"), "").out()).isEqualTo("found\n");
    assertThat(run(start(second, "x"), "").out()).isEqualTo("found\n");
  }

  @Test
  void javaLearnsHowItWasCalled() throws Exception {
    java("printf '%s' \"$LM4J_COMMAND\"");
    assertThat(run("", "x").out()).isEqualTo(launcher.toString());
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("lm"), launcher);
    Map<String, String> path = Map.of("PATH", bin + ":/usr/bin:/bin");
    assertThat(run(start(bin.resolve("lm"), path, "x"), "").out()).isEqualTo("lm");
    ProcessBuilder relative = new ProcessBuilder("scripts/lm", "x");
    relative.directory(launcher.resolve("../..").normalize().toFile());
    relative.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    assertThat(run(relative.start(), "").out()).isEqualTo("scripts/lm");
  }

  @Test
  void anOldJavaHomeIsSkipped() throws Exception {
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"21.0.1\"\n");
    java("echo too old");
    assertThat(run("", "--version").out()).doesNotContain("too old");
  }

  @Test
  void theCacheIsMadeOnceAndUsed() throws Exception {
    Files.delete(cache());
    Files.writeString(jar.resolveSibling("lm4j-24.aot"), "of another JDK");
    java(RECORDER);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", ""));
    assertThat(cache()).hasContent("recorded");
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
            + " [[ $a != -XX:AOTCacheOutput=* ]] || cp '"
            + library
            + "' \"${a#*=}\"; done; "
            + USES);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(cache()).hasContent("recent");
  }

  @Test
  void aNewerJarGetsANewCache() throws Exception {
    Files.writeString(cache(), "old");
    Files.setLastModifiedTime(cache(), FileTime.from(Instant.now().minusSeconds(7200)));
    java(RECORDER);
    assertThat(run("", "x")).isEqualTo(new Ran(0, "cached\n", PREPARING));
    assertThat(cache()).hasContent("recorded");
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
        run("", "x").out().lines().filter(flag -> flag.matches("-X(X:\\+|log).*")).toList();
    assertThat(flags).contains("-XX:+VerifySharedSpaces", "-XX:+UseSerialGC");
    Path program = folder.resolve("program.jar");
    String name = SmallProgram.class.getName();
    try (var out = new JarOutputStream(Files.newOutputStream(program));
        var in = SmallProgram.class.getResourceAsStream("SmallProgram.class")) {
      out.putNextEntry(new JarEntry(name.replace('.', '/') + ".class"));
      Objects.requireNonNull(in).transferTo(out);
    }
    Path made = folder.resolve("made.aot");
    List<String> rest = List.of("-cp", program.toString(), name);
    assertThat(really(List.of("-XX:+UseSerialGC", "-XX:AOTCacheOutput=" + made), rest)).isZero();
    byte[] whole = Files.readAllBytes(made);
    List<String> using = new ArrayList<>(flags);
    using.add("-XX:AOTCache=" + made);
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
    java("[[ $* != *AOTCacheOutput* ]] || { echo noise; exit 3; }; " + USES);
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
    java("[[ $* != *AOTCacheOutput* ]] || echo made >>'" + folder + "/made'; " + RECORDER);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(start(launcher, "x"));
    }
    for (Process process : processes) {
      assertThat(run(process, "").out()).isEqualTo("cached\n");
    }
    assertThat(folder.resolve("made")).hasContent("made");
  }

  @Test
  void aRuntimeBesideItIsTakenAndItsJar() throws Exception {
    java("printf '%s\\n' \"$@\"");
    Path tree = folder.resolve("a tree");
    Files.move(folder.resolve("jdk"), tree.resolve("runtime"));
    Files.createDirectories(tree.resolve("lib"));
    Files.writeString(tree.resolve("lib/lm4j.jar"), "");
    Ran ran = run(start(launcher, Map.of("LM4J_NO_CACHE", "1", "PATH", "/usr/bin:/bin"), "x"), "");
    assertThat(ran.out().lines().toList()).endsWith(tree.toRealPath() + "/lib/lm4j.jar", "x");
  }

  private Path target() {
    return folder.resolve("a tree/target");
  }

  /** A cache as one made from the jar. */
  private void cache(String content) throws IOException {
    Files.writeString(cache(), content);
    Files.setLastModifiedTime(cache(), Files.getLastModifiedTime(jar));
  }

  private Path cache() {
    return jar.resolveSibling("lm4j-25.0.3.aot");
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }

  /** What the fake java does; it gets all arguments of java. */
  private void java(String script) throws IOException {
    Path java = folder.resolve("jdk/bin/java");
    Files.writeString(java, "#!/bin/bash\n" + script + "\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ran run(String stdin, String... arguments) throws Exception {
    return run(start(launcher, arguments), stdin);
  }

  private static Ran run(Process process, String stdin) throws Exception {
    try (var in = process.getOutputStream()) {
      in.write(stdin.getBytes(UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), out, err);
  }

  private Process start(Path program, String... arguments) throws IOException {
    return start(program, Map.of("LM4J_JAVA_OPTS", "-Duser=1 -Xmx9g"), arguments);
  }

  /**
   * Starts the launcher from a shell that ends once the standard error of the launcher has ended,
   * which a separate process filters: {@link Process} drops what comes after the child's end.
   */
  private Process start(Path program, Map<String, String> environment, String... arguments)
      throws IOException {
    String whole = "{ \"$0\" \"$@\" 2>&1 >&3 3>&- | cat >&2 3>&-; exit ${PIPESTATUS[0]}; } 3>&1";
    return begin(environment, List.of("/bin/bash", "-c", whole, program.toString()), arguments);
  }

  /** Starts the launcher itself, to send it signals. */
  private Process startAlone(String... arguments) throws IOException {
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
