package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.task.lm.LanguageModel;

/**
 * The programs of {@code java/examples}, as those who use the library would compile and run them:
 * from the module path, without picocli, and from one jar that holds everything.
 */
@Tag("slow")
class ExamplesTest {
  private static final Path TOP = Path.of("").toAbsolutePath();
  private static final Path EXAMPLES = TOP.resolve("java/examples");
  private static final Path JAVA_SOURCE = TOP.resolve("models/java-source");

  /** Runs all examples in one process: a process takes longer to start than they take to run. */
  private static final String ALL =
      """
      package examples;

      final class All {
        public static void main(String[] arguments) throws Exception {
          String model = arguments[0];
          String folder = arguments[1] + "/";
          System.out.println("== score");
          ScoreAndGenerate.main(new String[] {model});
          System.out.println("== threads");
          GenerateInThreads.main(new String[] {model});
          System.out.println("== tag");
          TagWords.main(new String[] {folder + "tagger", "b-s", "c"});
          System.out.println("== train");
          TrainWithProgress.main(new String[] {folder + "text.txt", arguments[2]});
          System.out.println("== nearest");
          NearestWords.main(new String[] {folder + "vectors.txt", "man", "king", "woman"});
        }
      }
      """;

  @TempDir private static Path folder;

  @BeforeAll
  static void makeModels() throws IOException {
    Path corpus = folder.resolve("tags.txt");
    Files.writeString(corpus, "a O\nb-s B-T\nc I-T\nend O\n\nc O\nb-s B-T\n\n".repeat(9));
    Commands.output(
        "tag",
        "train",
        "--corpus",
        corpus.toString(),
        "--model",
        folder.resolve("tagger") + "",
        "--hidden",
        "4",
        "--word-embedding",
        "4",
        "--char-hidden",
        "4",
        "--epochs",
        "1");
    Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat\n".repeat(1500));
    Files.writeString(
        folder.resolve("vectors.txt"),
        "5 3\nman 1 0 0\nking 1 1 0\nwoman 1 0 1\nqueen 1 1 1\napple -1 0 0\n");
  }

  @Test
  void runFromTheModulePathWithoutPicocli() throws Exception {
    Path trained = folder.resolve("trained-module");
    Path out = folder.resolve("module");
    List<Path> sources = sources();
    sources.add(
        Files.writeString(
            Files.createDirectories(folder.resolve("descriptor")).resolve("module-info.java"),
            "module examples { requires org.lm4j; }"));
    String path = String.join(File.pathSeparator, libraries());
    compile(out, sources, "--module-path", path);
    assertRuns(
        run(
            "--module-path",
            out + File.pathSeparator + path,
            "--enable-native-access=org.lm4j",
            "--module",
            "examples/examples.All",
            JAVA_SOURCE.toString(),
            folder.toString(),
            trained.toString()));
    assertTrained(trained);
  }

  @Test
  void runFromOneJarWithEverything() throws Exception {
    Path trained = folder.resolve("trained-jar");
    Path jar = folder.resolve("fat.jar");
    Path out = folder.resolve("classes");
    compile(out, sources(), "--class-path", String.join(File.pathSeparator, libraries()));
    List<String> parts = new ArrayList<>(libraries());
    parts.add(out.toString());
    merge(jar, parts);
    assertRuns(
        run(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--class-path",
            jar.toString(),
            "examples.All",
            JAVA_SOURCE.toString(),
            folder.toString(),
            trained.toString()));
    assertTrained(trained);
  }

  @Test
  void aMissingLibraryIsNamed() throws Exception {
    Path out = folder.resolve("alone");
    List<String> libraries = libraries();
    compile(out, sources(), "--class-path", String.join(File.pathSeparator, libraries));
    String alone = String.join(File.pathSeparator, libraries.getFirst(), out.toString());
    Outcome outcome =
        run("--class-path", alone, "examples.ScoreAndGenerate", JAVA_SOURCE.toString());
    assertThat(outcome.code).isEqualTo(1);
    assertThat(outcome.err)
        .contains("Jackson is missing at run time; add tools.jackson.core:jackson-databind");
  }

  @Test
  void theReadmesLinesCompileAndRun() throws Exception {
    String readme = Files.readString(TOP.resolve("README.md"));
    Matcher section =
        Pattern.compile("## The library in five lines\n(.*?)\n## ", Pattern.DOTALL).matcher(readme);
    assertThat(section.find()).isTrue();
    List<List<String>> blocks =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(section.group(1))
            .results()
            .map(block -> block.group(1).lines().filter(line -> !line.isBlank()).toList())
            .toList();
    assertThat(blocks).hasSize(3);
    assertThat(blocks.get(0)).hasSize(5);
    assertThat(blocks.get(1)).hasSizeLessThanOrEqualTo(5);
    assertThat(blocks.get(2)).hasSizeLessThanOrEqualTo(6);
    List<String> all = blocks.stream().flatMap(List::stream).toList();
    String trained = folder.resolve("readme-model").toString();
    String body =
        String.join("\n", all.stream().filter(line -> !line.startsWith("import ")).toList());
    assertThat(body).containsOnlyOnce("models/mine");
    Path source = Files.createDirectories(folder.resolve("readme")).resolve("Readme.java");
    Files.writeString(
        source,
        String.join("\n", imports(all))
            + "\nclass Readme { public static void main(String[] arguments) throws Exception {\n"
            + body.replace("models/mine", trained)
            + "\n} }\n");
    Path out = folder.resolve("readme-classes");
    String path = String.join(File.pathSeparator, libraries());
    compile(out, List.of(source), "--class-path", path);
    Outcome outcome =
        run(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--class-path",
            path + File.pathSeparator + out,
            "Readme");
    assertThat(outcome.code).as(outcome.err).isZero();
    assertThat(outcome.out).hasSizeGreaterThan(300).contains("step 60  loss 2.");
    try (LanguageModel model = LanguageModel.load(Path.of(trained))) {
      assertThat(model.score("public static").perplexity()).isLessThan(60);
    }
  }

  private static List<String> imports(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("import ")).toList();
  }

  private static void assertRuns(Outcome outcome) {
    assertThat(outcome.code).as(outcome.err).isZero();
    String[] parts = outcome.out.split("== [a-z]+\n", -1);
    assertThat(parts).hasSize(6);
    assertThat(parts[1]).contains(" bits  static\n", "perplexity ").hasSizeGreaterThan(200);
    assertThat(parts[2]).hasSizeGreaterThan(700);
    assertThat(parts[3]).matches("b-s \\S+\nc \\S+\n");
    assertThat(parts[4]).contains("step 30").endsWith("finished: false after 30 steps\n");
    assertThat(parts[5]).contains("0.7071 king").endsWith("analogy: queen\n");
  }

  /** The cancelled run is saved, and can be resumed. */
  private static void assertTrained(Path model) {
    try (LanguageModel trained = LanguageModel.load(model)) {
      assertThat(trained.score("the cat sat").perplexity()).isLessThan(10);
    }
    assertThat(
            LanguageModel.resume(
                    model,
                    progress -> {
                      assertThat(progress.step()).isGreaterThan(30);
                      progress.cancel();
                    })
                .steps())
        .isEqualTo(31);
  }

  private static List<Path> sources() throws IOException {
    Path all = Files.writeString(folder.resolve("All.java"), ALL);
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return new ArrayList<>(Stream.concat(files, Stream.of(all)).sorted().toList());
    }
  }

  /** lm4j's classes, then the libraries it needs, in the tests' class path. */
  private static List<String> libraries() {
    List<String> libraries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    libraries.add(
        Path.of(
                Objects.requireNonNull(
                        LanguageModel.class.getProtectionDomain().getCodeSource().getLocation())
                    .getPath())
            .toString());
    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(jar -> jar.matches(".*/(jackson-(core|databind|annotations)|jspecify)-[^/]*\\.jar"))
        .filter(jar -> names.add(Path.of(jar).getFileName().toString())) // a class path may repeat
        .forEach(libraries::add);
    assertThat(libraries).hasSize(5);
    return libraries;
  }

  private static void compile(Path out, List<Path> sources, String... options) {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter said = new StringWriter();
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("-proc:none", "-Xlint:all,-incubating", "-Werror", "-d", out.toString()));
    var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
    boolean compiled =
        compiler
            .getTask(
                new PrintWriter(said, true),
                null,
                null,
                all,
                null,
                files.getJavaFileObjectsFromPaths(sources))
            .call();
    assertThat(compiled).as(said.toString()).isTrue();
  }

  private static void merge(Path jar, List<String> parts) throws IOException {
    Set<String> names = new HashSet<>();
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (String part : parts) {
        if (Files.isDirectory(Path.of(part))) {
          try (Stream<Path> files = Files.walk(Path.of(part))) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
              String name = Path.of(part).relativize(each).toString().replace(File.separator, "/");
              put(out, names, name, Files.readAllBytes(each));
            }
          }
        } else {
          try (JarFile from = new JarFile(part)) {
            for (JarEntry entry : from.stream().filter(e -> !e.isDirectory()).toList()) {
              put(out, names, entry.getName(), from.getInputStream(entry).readAllBytes());
            }
          }
        }
      }
    }
  }

  private static void put(JarOutputStream out, Set<String> names, String name, byte[] bytes)
      throws IOException {
    if (names.add(name)) {
      out.putNextEntry(new JarEntry(name));
      out.write(bytes);
      out.closeEntry();
    }
  }

  private record Outcome(int code, String out, String err) {}

  private static Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-ea"));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        new ProcessBuilder(command)
            .directory(TOP.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
