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

  private static final List<String> MACHINE_CODE =
      List.of("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_bf16", "avx512_vnni");

  /** Makes a cache for generation on request, and reports what it was given. */
  private static final String LINKER =
      "for a; do if [[ $a == -XX:AOTConfiguration=* && $* == *-XX:AOTMode=record* ]]; then"
          + " printf %s \"${@: -1}\" >\"${a#*=}\"; echo done; exit 0; fi;"
          + " [[ $a != -XX:AOTConfiguration=* ]] || list=${a#*=};"
          + " if [[ $* == *-XX:AOTMode=create* && $a == -XX:AOTCache=* ]]; then"
          + " printf '%s and linked' \"$(<\"$list\")\" >\"${a#*=}\"; exit 0; fi; done;"
          + " said=; [[ $* != *'--add-modules jdk.incubator.vector'* ]] || said=' vectors';"
          + " [[ $* != *-XX:SharedArchiveFile=*.jsa* ]] || said+=' cached';"
          + " [[ $* != *-XX:AOTCache=*.aot* ]] || said+=' linked'; echo ${said# }; exit 0";

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
            "lm4j.jar", cache().getFileName().toString(), "lm4j-jsa.log", ".lm4j-cache-lock");
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

  /** Writes what the processor can do. */
  private void processor(List<String> flags) throws IOException {
    String text =
        "processor\t: 0\nmodel name\t: any\nflags\t\t: fpu " + String.join(" ", flags) + " sse2\n";
    Files.writeString(folder.resolve("a tree/cpuinfo"), text + "bugs\t\t: avx512f\n");
  }

  private Path linked() {
    return jar.resolveSibling("lm4j-generate-25.0.3.aot");
  }

  @Test
  void generationByMachineCodeHasItsOwnCacheAndNoVectorApi() throws Exception {
    processor(MACHINE_CODE);
    Files.writeString(jar.resolveSibling("lm4j-generate-24.aot"), "of another JDK");
    java(LINKER);
    assertThat(run("", "generate")).isEqualTo(new Ran(0, "linked\n", PREPARING));
    assertThat(run("", "generate", "--length", "3")).isEqualTo(new Ran(0, "linked\n", ""));
    assertThat(linked()).hasContent("generate and linked");
    assertThat(cache()).isEmptyFile();
    assertThat(list(target()))
        .containsExactlyInAnyOrder(
            "lm4j.jar",
            cache().getFileName().toString(),
            linked().getFileName().toString(),
            "lm4j-aot.log",
            ".lm4j-cache-lock");
    assertThat(run("", "train")).isEqualTo(new Ran(0, "vectors\n", ""));
  }

  @Test
  void generationHasTheVectorApiWhereItMayNeedIt() throws Exception {
    java(LINKER);
    cache("recorded");
    Ran usual = new Ran(0, "vectors cached\n", "");
    assertThat(run("", "generate")).as("a processor that is not known").isEqualTo(usual);
    for (String flag : MACHINE_CODE) {
      processor(MACHINE_CODE.stream().filter(other -> !other.equals(flag)).toList());
      assertThat(run("", "generate")).as("no %s", flag).isEqualTo(usual);
    }
    processor(MACHINE_CODE);
    List<Map<String, String>> settings =
        List.of(
            Map.of("LM4J_CODE", "off"),
            Map.of("LM4J_JAVA_OPTS", "-Dlm4j.code=off"),
            Map.of("LM4J_JAVA_OPTS", "--add-modules java.sql"),
            Map.of("JDK_JAVA_OPTIONS", "--add-modules=java.sql"));
    for (Map<String, String> setting : settings) {
      Ran ran = run(start(launcher, setting, "generate"), "");
      assertThat(ran.out()).as("%s", setting).isEqualTo(usual.out());
    }
    Ran without = run(start(launcher, Map.of("LM4J_NO_CACHE", "1"), "generate"), "");
    assertThat(without.out()).isEqualTo("vectors\n");
    assertThat(linked()).doesNotExist();
    assertThat(run("", "generate")).isEqualTo(new Ran(0, "linked\n", PREPARING));
  }

  /** Tests a system that does not let machine code be written, which the rehearsal notices. */
  @Test
  void generationHasTheVectorApiWhereItsCacheCannotBeMade() throws Exception {
    processor(MACHINE_CODE);
    cache("recorded");
    java("[[ $* != *Rehearsal\\ generate* ]] || exit 1; " + LINKER);
    assertThat(run("", "generate")).isEqualTo(new Ran(0, "vectors cached\n", PREPARING));
    assertThat(run("", "generate")).isEqualTo(new Ran(0, "vectors cached\n", ""));
    assertThat(linked()).isEmptyFile();
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
    cache("recorded");
    List<String> flags = flags("x");
    Path list = folder.resolve("made.classes");
    Path made = folder.resolve("made.jsa");
    List<String> rest = List.of("-cp", program().toString());
    List<String> run = List.of("-cp", program().toString(), SmallProgram.class.getName());
    assertThat(really(List.of("-XX:+UseSerialGC", "-XX:DumpLoadedClassList=" + list), run))
        .isZero();
    List<String> dump = List.of("-Xshare:dump", "-XX:SharedClassListFile=" + list);
    String archive = "-XX:SharedArchiveFile=" + made;
    assertThat(really(dump, more(List.of(archive, "-XX:+UseSerialGC"), rest))).isZero();
    assertRunsWithADamaged(made, more(flags, List.of(archive)), run);
  }

  @Test
  void aDamagedCacheOfGenerationIsNotUsed() throws Exception {
    processor(MACHINE_CODE);
    Files.writeString(linked(), "recorded");
    Files.setLastModifiedTime(linked(), Files.getLastModifiedTime(jar));
    List<String> flags = flags("generate");
    Path made = folder.resolve("made.aot");
    List<String> rest = List.of("-cp", program().toString());
    List<String> run = List.of("-cp", program().toString(), SmallProgram.class.getName());
    List<String> both =
        List.of("-XX:+UseSerialGC", "-XX:AOTConfiguration=" + folder.resolve("made.classes"));
    assertThat(really(more(both, List.of("-XX:AOTMode=record")), run)).isZero();
    String use = "-XX:AOTCache=" + made;
    assertThat(really(more(both, List.of("-XX:AOTMode=create", use)), rest)).isZero();
    assertRunsWithADamaged(made, more(flags, List.of(use)), run);
  }

  /** The flags that the launcher gives to java, beside a cache. */
  private List<String> flags(String command) throws Exception {
    java("printf '%s\\n' \"$@\"");
    Ran ran = run("", command);
    List<String> flags =
        ran.out().lines().filter(flag -> flag.matches("-X(X:(?!Shared|AOT)|log).*")).toList();
    assertThat(flags).contains("-XX:+VerifySharedSpaces", "-XX:+UseSerialGC");
    assertThat(flags).containsSubsequence(FIXED_ADDRESS);
    return flags;
  }

  private Path program() throws IOException {
    Path program = folder.resolve("program.jar");
    String name = SmallProgram.class.getName();
    try (var out = new JarOutputStream(Files.newOutputStream(program));
        var in = SmallProgram.class.getResourceAsStream("SmallProgram.class")) {
      out.putNextEntry(new JarEntry(name.replace('.', '/') + ".class"));
      Objects.requireNonNull(in).transferTo(out);
    }
    return program;
  }

  private void assertRunsWithADamaged(Path made, List<String> using, List<String> run)
      throws Exception {
    byte[] whole = Files.readAllBytes(made);
    for (int place = 1; place < 8; place += 2) {
      byte[] damaged = whole.clone();
      int from = (int) ((long) whole.length * place / 8);
      Arrays.fill(damaged, from, from + 4096, (byte) (0x55 + place));
      Files.write(made, damaged);
      assertThat(really(using, run)).as("damaged at %d of %d", from, whole.length).isZero();
    }
  }

  private static List<String> more(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
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
