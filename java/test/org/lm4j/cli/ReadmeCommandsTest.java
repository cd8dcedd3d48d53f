package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every {@code scripts/lm} command that a page of the project prints is accepted as it stands, and
 * runs, on small data of the form it names and with small numbers. A shell reads the blocks, so
 * that loops, pipes and quotes count as they do for a reader.
 */
@Tag("slow")
class ReadmeCommandsTest {
  private static final Path TOP = Path.of("").toAbsolutePath();

  private static final Pattern COMMAND = Pattern.compile("(scripts|bin)/lm ");

  private static final Pattern LOOP = Pattern.compile("^(for .*; do|done)$");

  /** Commands that do not run here: there may be no GPU or MPI; others test comparisons. */
  private static final Pattern ELSEWHERE =
      Pattern.compile("--device cuda|scripts/compare|mpirun|srun");

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> commandsOfPagesRun() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md"), Path.of("native/README.md")));
    try (Stream<Path> files = Files.list(TOP.resolve("models"))) {
      files
          .map(file -> TOP.relativize(file).resolve("README.md"))
          .filter(page -> Files.exists(TOP.resolve(page)))
          .sorted()
          .forEach(pages::add);
    }
    assertThat(script(Files.readString(TOP.resolve("README.md"), UTF_8))).contains("/lm ");
    pages.removeIf(page -> !printsCommands(page));
    return pages.stream().map(page -> DynamicTest.dynamicTest(page.toString(), () -> run(page)));
  }

  @Test
  void readsBlocksAsAShellWould() {
    assertThat(
            script(
                """
                text scripts/lm never
                ```
                $ scripts/lm eval \\
                    --model m
                loss 1
                for x in a b; do
                  scripts/lm info $x   # twice
                done
                ```
                """))
        .isEqualTo(
            """
            scripts/lm eval     --model m
            for x in a b; do
            scripts/lm info $x   # twice
            done
            """);
  }

  private static boolean printsCommands(Path page) {
    try {
      return script(Files.readString(TOP.resolve(page), UTF_8)).contains("/lm ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(Path page) throws Exception {
    String script = script(Files.readString(TOP.resolve(page), UTF_8));
    if (script.contains("models/second")) { // a second training of the reader's own
      script = "scripts/lm train --corpus LICENSE --model models/second\n" + script;
    }
    Path place = Files.createTempDirectory(folder, "page");
    Path journal = Files.createDirectories(place.resolve(".journal"));
    prepare(place);
    Process shell =
        new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", script)
            .directory(place.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .start();
    String said = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
    Process commands =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Plain loops: the Vector API would need minutes of compilation for so little work.
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                ReadmeCommands.class.getName(),
                journal.toString())
            .directory(place.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(commands.getInputStream().readAllBytes(), UTF_8);
    assertThat(commands.waitFor()).as(page + "\n" + output).isZero();
    assertThat(output).contains(" -> 0");
  }

  private static String classPath() {
    StringBuilder absolute = new StringBuilder();
    for (String part : System.getProperty("java.class.path").split(":", -1)) {
      absolute.append(absolute.isEmpty() ? "" : ":").append(Path.of(part).toAbsolutePath());
    }
    return absolute.toString();
  }

  /** The commands and loops of a page's blocks, one a line. */
  private static String script(String page) {
    StringBuilder script = new StringBuilder();
    boolean inside = false;
    StringBuilder logical = new StringBuilder();
    for (String line : page.split("\n", -1)) {
      if (line.startsWith("```")) {
        inside = !inside;
        continue;
      }
      if (!inside) {
        continue;
      }
      String more = logical.isEmpty() ? line.strip().replaceFirst("^\\$ ", "") : line;
      if (more.endsWith("\\")) {
        logical.append(more, 0, more.length() - 1);
        continue;
      }
      logical.append(more);
      if (more.endsWith("|")) {
        continue;
      }
      String command = logical.toString();
      logical.setLength(0);
      Matcher matcher = COMMAND.matcher(command);
      boolean runs = matcher.find() && !ELSEWHERE.matcher(command).find();
      boolean again = script.indexOf(command + "\n") >= 0; // printed once more, with its output
      if ((runs && !again) || LOOP.matcher(command).matches()) {
        script.append(command).append('\n');
      }
    }
    return script.toString();
  }

  /**
   * Creates the files that the pages name: a launcher that only records, and small texts, tables
   * and images.
   */
  private static void prepare(Path place) throws IOException {
    String recorder =
        """
        #!/usr/bin/env bash
        n=$(printf '%03d' "$(ls .journal | grep -c args || true)")
        printf '%s\\0' "$@" >.journal/$n.args
        cat >.journal/$n.in
        """;
    for (String name : List.of("scripts/lm", "bin/lm")) {
      Path launcher = place.resolve(name);
      Files.createDirectories(launcher.getParent());
      Files.writeString(launcher, recorder);
      launcher.toFile().setExecutable(true);
    }
    for (String shipped : List.of("models/java-source", "models/english")) {
      copyFiles(TOP.resolve(shipped), Files.createDirectories(place.resolve(shipped)));
    }
    Files.copy(TOP.resolve("LICENSE"), place.resolve("LICENSE"));
    for (String sources : List.of("java/main/org/lm4j/tensor", "java/test/org/lm4j/text")) {
      copyFiles(TOP.resolve(sources), Files.createDirectories(place.resolve(sources)));
    }
    texts(place);
    images(place);
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  private static void texts(Path place) throws IOException {
    String words =
        "in January he and she played a guitar by the river seven times , his and hers .\n";
    write(place, "wiki.train.tokens", words.repeat(60));
    gzip(place.resolve("wiki.train.tokens.gz"), words.repeat(60).getBytes(UTF_8));
    write(place, "corpora/tinyshakespeare/input.txt", words.repeat(60));
    write(place, "corpora/ptb/ptb.train.txt", words.repeat(60));
    write(place, "corpora/ptb/ptb.valid.txt", words.replace("he", "she").repeat(9));
    write(place, "corpora/ptb/ptb.test.txt", words.replace("she", "he").repeat(9));
    String sentence = "He PRP B-NP\nreckons VBZ B-VP\nthe DT B-NP\ndeficit NN I-NP\n. . O\n\n";
    write(place, "train.txt", sentence.repeat(20));
    write(place, "test.txt", sentence.repeat(3));
    String pairs = "neutral\tA man .\tA tall man .\nentailment\tTwo dogs run .\tDogs move .\n";
    for (String name : List.of("snli_1.0_train.txt", "snli_1.0_test.txt")) {
      write(place, name, "gold_label\tsentence1\tsentence2\n" + pairs.repeat(10));
    }
    write(place, "rt-polarity.pos", numbered("a gorgeous , witty , seductive movie . %d\n", 20));
    write(place, "rt-polarity.neg", numbered("a tired , predictable mess %d\n", 20));
  }

  private static String numbered(String line, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(line.formatted(i));
    }
    return text.toString();
  }

  private static void write(Path place, String name, String text) throws IOException {
    Path file = place.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Forty images of 28 × 28 in MNIST's form. */
  private static void images(Path place) throws IOException {
    int count = 40;
    byte[] pixels = new byte[16 + count * 28 * 28];
    byte[] labels = new byte[8 + count];
    header(pixels, 3, count, 28, 28);
    header(labels, 1, count);
    for (int i = 0; i < count; i++) {
      labels[8 + i] = (byte) (i % 10);
      pixels[16 + i * 28 * 28 + i % 10] = (byte) 255;
    }
    gzip(place.resolve("t10k-images-idx3-ubyte.gz"), pixels);
    gzip(place.resolve("t10k-labels-idx1-ubyte.gz"), labels);
  }

  private static void header(byte[] file, int dimensions, int... extents) {
    file[2] = 8; // unsigned bytes
    file[3] = (byte) dimensions;
    for (int i = 0; i < extents.length; i++) {
      file[4 + 4 * i + 2] = (byte) (extents[i] >> 8);
      file[4 + 4 * i + 3] = (byte) extents[i];
    }
  }

  private static void gzip(Path file, byte[] bytes) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
  }
}
