package org.lm4j.task.card;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** The YAML of model cards, by its text and as PyYAML reads it. */
class FrontMatterTest {
  @TempDir private Path folder;

  private static Map<String, @Nullable Object> fields(String name) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("language", List.of("no", "en")); // the first is false in YAML, unless it is quoted
    fields.put("license", null);
    fields.put("tags", List.of());
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("type", "text-generation");
    task.put("name", name);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("task", task);
    result.put("metrics", List.of(new LinkedHashMap<>(Map.of("value", 3.25)), Map.of("value", 4)));
    fields.put("model-index", List.of(Map.of("results", List.of(result))));
    return fields;
  }

  @Test
  void isABlockOfYaml() {
    assertThat(FrontMatter.of(fields("a: b")))
        .isEqualTo(
            """
            ---
            language:
            - "no"
            - "en"
            model-index:
            - results:
              - task:
                  type: "text-generation"
                  name: "a: b"
                metrics:
                - value: 3.25
                - value: 4
            ---
            """);
  }

  @Test
  void pythonReadsWhatWasWritten() throws IOException, InterruptedException {
    String name = "2026-11-30 # \"q\" \\ ' \t\n ---\n é 語 😀 \u007f \u0085 \u2028 \uFEFF yes";
    Path file = Files.writeString(folder.resolve("card.md"), FrontMatter.of(fields(name)));
    Map<String, @Nullable Object> read = PythonYaml.frontMatter(file);
    Map<String, @Nullable Object> wanted = fields(name);
    wanted.remove("license");
    wanted.remove("tags");
    assertThat(Json.line(read)).isEqualTo(Json.line(wanted));
  }

  /** YAML 1.1, which Python reads, takes a number for a text if its exponent has no sign. */
  @Test
  void anExponentHasASign() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("large", 1.25e7);
    fields.put("small", 2.5e-4);
    fields.put("text", "1.25E7");
    assertThat(FrontMatter.of(fields))
        .isEqualTo("---\nlarge: 1.25E+7\nsmall: 2.5E-4\ntext: \"1.25E7\"\n---\n");
  }
}
