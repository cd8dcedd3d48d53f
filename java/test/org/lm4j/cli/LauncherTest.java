package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests {@code scripts/lm} with a fake java, in a temporary tree. */
@Timeout(180)
@Tag("slow")
class LauncherTest extends LauncherTree {
  private static final String INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector";

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
    assertThat(run("", "x").out()).isEqualTo("glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1");
  }

  /** Where they are off or of another size, the JVM would say so on stdout or take far too much. */
  @Test
  void javaIsGivenHugePagesWhereLinuxOffersUsualOnes() throws Exception {
    assertThat(hugePages("always [madvise] never", "2097152")).isTrue();
    assertThat(hugePages("[always] madvise never", "2097152")).isTrue();
    assertThat(hugePages("always madvise [never]", "2097152")).isFalse();
    assertThat(hugePages("always [madvise] never", "536870912")).isFalse();
    assertThat(hugePages("", "")).isFalse();
    assertThat(hugePages(null, null)).isFalse();
  }

  /** Whether java is asked to use huge pages, where these files of Linux have this content. */
  private boolean hugePages(@Nullable String enabled, @Nullable String bytes) throws Exception {
    java("printf '%s\\n' \"$@\"");
    Path system = Files.createDirectories(folder.resolve("transparent_hugepage"));
    Files.deleteIfExists(system.resolve("enabled"));
    Files.deleteIfExists(system.resolve("hpage_pmd_size"));
    if (enabled != null && bytes != null) {
      Files.writeString(system.resolve("enabled"), enabled.isEmpty() ? "" : enabled + "\n");
      Files.writeString(system.resolve("hpage_pmd_size"), bytes.isEmpty() ? "" : bytes + "\n");
    }
    String text = Files.readString(Path.of("scripts/lm"));
    String linux = "/sys/kernel/mm/transparent_hugepage";
    assertThat(text).contains(linux);
    Files.writeString(launcher, text.replace(linux, "'" + system + "'"));
    Ran ran = run("", "x");
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    return ran.out().lines().toList().contains("-XX:+UseTransparentHugePages");
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
    // Where a user's cd would go first.
    Files.createDirectories(folder.resolve("elsewhere/scripts"));
    relative.environment().put("CDPATH", folder.resolve("elsewhere").toString());
    assertThat(run(relative.start(), "").out()).isEqualTo("scripts/lm");
  }

  @Test
  void anOldJavaHomeIsSkipped() throws Exception {
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"21.0.1\"\n");
    java("echo too old");
    assertThat(run("", "--version").out()).doesNotContain("too old");
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
}
