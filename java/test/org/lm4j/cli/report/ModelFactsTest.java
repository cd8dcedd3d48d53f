package org.lm4j.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the facts in the title blocks of pages. */
class ModelFactsTest {
  private static final String CONFIG =
      """
      {"format": "lm4j-1", "kind": "%s", "cell": "mingru", "hidden": 64, "layers": 2,
       "embedding": 32, "dropout": 0.0, "attention": 16}
      """;

  private static final String RECORD =
      """
      {"version": "9.8", "began": null, "command": null,
       "data": [{"use": "training", "name": "<i>\u202e", "files": 1, "bytes": 3, "sha256": null},
                {"use": "validation", "name": "held", "files": 1, "bytes": 3, "sha256": null}],
       "text": null, "recipe": null,
       "place": {"machine": "Some processor", "device": "cpu", "precision": "bf16"},
       "result": null}
      """;

  @TempDir private Path folder;

  @Test
  void theIncludedModelNamesWhatItsFolderHas() {
    assertThat(ModelFacts.of(Path.of("models/java-source")))
        .contains(
            entry("Model", "LSTM 2 × 160, embedding 160, dropout 0.2"),
            entry("Vocabulary", "116 char tokens"))
        .doesNotContainKeys("Recipe", "Text");
  }

  @Test
  void theNameOfAFolderIsItsOwnHoweverThePathIsWritten() {
    Path here = Path.of("").toAbsolutePath();
    assertThat(ModelFacts.name(Path.of("models/first"))).isEqualTo("first");
    assertThat(ModelFacts.name(Path.of("."))).isEqualTo(here.getFileName().toString());
    assertThat(ModelFacts.name(Path.of("models/first/.."))).isEqualTo("models");
    assertThat(ModelFacts.name(here.getRoot())).isEqualTo(here.getRoot().toString());
    assertThat(ModelFacts.name(Path.of("\u05d0"))).isEqualTo("\u2068\u05d0\u2069");
  }

  @Test
  void theRecordNamesCorpusMachineAndVersion() throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG.formatted("seq2seq"));
    Files.writeString(folder.resolve("training.json"), RECORD);
    assertThat(ModelFacts.of(folder))
        .containsExactly(
            entry("Model", "Translator, minGRU 2 × 64, embedding 32, attention 16"),
            entry("Corpus", "\u2068<i>\ufffd\u2069"),
            entry("Machine", "Some processor, cpu, bf16"),
            entry("Trained by", "lm4j 9.8"));
  }

  @Test
  void aDamagedRecordIsSaid() throws IOException {
    Files.writeString(folder.resolve("config.json"), CONFIG.formatted("seq2seq"));
    Files.writeString(folder.resolve("training.json"), "{\"version\": ");
    assertThat(ModelFacts.of(folder).get("Record"))
        .startsWith("it cannot be read: ")
        .contains("training.json");
  }

  @Test
  void aFolderWithoutAModelHasNoFacts() {
    assertThat(ModelFacts.of(folder)).isEmpty();
    assertThat(ModelFacts.of(folder.resolve("log.jsonl"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.4, 0 s",
    "59.6, 1 min 0 s",
    "389, 6 min 29 s",
    "3600, 1 h 0 min",
    "9000, 2 h 30 min"
  })
  void timesAreRounded(double seconds, String text) {
    assertThat(ModelFacts.time(seconds)).isEqualTo(text);
  }
}
