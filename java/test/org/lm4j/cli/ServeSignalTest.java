package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** What {@code lm serve} does at signals, in a separate process. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a read of a pipe cannot end
class ServeSignalTest {
  private static final Path MODEL = Path.of("models/java-source");

  @TempDir private Path folder;

  private static void signal(Process server, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(server.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Returns whether this process ignores SIGHUP, which its children and their JVMs then do too. */
  private static boolean ignoresHangUps() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) != 0);
    }
  }

  /** Returns the next line that is not of the JVM. */
  private static String line(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (line != null && line.startsWith("WARNING")) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }

  @Test
  void aHangUpReloadsTheModelsAndServesOn() throws Exception {
    Need.PROGRAMS.program("kill");
    Need.PROGRAMS.check(!ignoresHangUps(), "SIGHUP is ignored here, as nohup wants it");
    Path model = Files.createDirectory(folder.resolve("changing"));
    try (Stream<Path> files = Files.list(MODEL)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.lm4j.cli.Lm",
                "serve",
                "--model",
                model.toString(),
                "--port",
                "0",
                "--device",
                "cpu",
                "--threads",
                "1")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = server.inputReader(StandardCharsets.UTF_8)) {
      String serving = line(lines);
      assertThat(serving).startsWith("serving changing at http://127.0.0.1:");
      URI url = URI.create(serving.substring(serving.indexOf("http")));
      signal(server, "HUP");
      assertThat(line(lines)).isEqualTo("lm: reloaded changing");
      Files.writeString(model.resolve("config.json"), "{");
      signal(server, "HUP");
      assertThat(line(lines)).startsWith("lm: changing cannot be reloaded, so the version before");
      try (HttpClient client = HttpClient.newHttpClient()) {
        HttpRequest request =
            HttpRequest.newBuilder(url.resolve("/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"int\"}"))
                .build();
        assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      signal(server, "TERM");
      assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isEqualTo(128 + 15);
    } finally {
      server.destroyForcibly();
    }
  }

  /** What is required at compile time is there at run time: the archive's runtime has no more. */
  @Test
  void theArchiveHasTheModulesThatAreRequired() throws IOException {
    List<String> required =
        Files.readAllLines(Path.of("java/main/module-info.java")).stream()
            .map(line -> line.replaceFirst("//.*", "").replaceAll("[;]", "").strip())
            .filter(line -> line.startsWith("requires"))
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .filter(name -> ModuleLayer.boot().findModule(name).isPresent())
            .filter(name -> name.startsWith("java.") || name.startsWith("jdk."))
            .toList();
    assertThat(required).contains("jdk.httpserver", "jdk.incubator.vector", "java.logging");
    String modules =
        Files.readAllLines(Path.of("scripts/dist")).stream()
            .filter(line -> line.startsWith("readonly MODULES="))
            .findFirst()
            .orElseThrow();
    assertThat(List.of(modules.substring("readonly MODULES=".length()).split(",", -1)))
        .containsAll(required);
  }
}
