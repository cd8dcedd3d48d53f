package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples compile. */
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("examples").toAbsolutePath();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ScoreLines.java", "RunSql.java"})
  void theJavaExamplesCompile(String name) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                said,
                said,
                "-proc:none",
                "-d",
                folder.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EXAMPLES.resolve(name).toString());
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(code).isZero();
  }

  /** Spark's Python part is not in Maven's repository: the example is parsed here, and not run. */
  @Test
  void thePythonExampleIsPython() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-c"));
    command.add("import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read())");
    command.add(EXAMPLES.resolve("score_lines.py").toString());
    Process python;
    try {
      python = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "python3 was not found");
      throw e;
    }
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(python.waitFor()).as(said).isZero();
  }
}
