package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.train.log.MetricsHistory;
import org.lm4j.train.log.MetricsHistory.Metric;

class MetricsHistoryTest {
  @TempDir private Path folder;

  private MetricsHistory read(String... lines) throws IOException {
    Files.writeString(folder.resolve(MetricsLog.FILE), String.join("\n", lines));
    return MetricsHistory.read(folder);
  }

  @Test
  void whatTheLogWroteIsReadBack() {
    try (MetricsLog log = MetricsLog.open(folder, 0, 10, Unit.TOKENS)) {
      log.training(
          new TrainingListener.StepReport(
              new TrainingListener.Position(10, 0.5, 0.1), 9, 0.002, 0.3, 50, 2.0),
          1.25,
          500);
      log.training(
          new TrainingListener.StepReport(
              new TrainingListener.Position(20, 1, 0.2), 9, 0.001, 0.2, 50, 4.0),
          1.0,
          500);
      log.validation(new TrainingListener.ValidationReport(20, 1, 1.5, 99, true, null));
    }
    MetricsHistory history = MetricsHistory.read(folder);
    assertThat(history.size()).isEqualTo(3);
    assertThat(history.names())
        .containsExactly(
            "loss",
            "perplexity",
            "learning_rate",
            "gradient_norm",
            "tokens_per_second",
            "validation_loss",
            "validation_perplexity",
            "validation_targets");
    Metric loss = history.metric("loss");
    assertThat(loss.values()).containsExactly(1.25, 1.0);
    assertThat(loss.steps()).containsExactly(10, 20);
    assertThat(loss.epochs()).containsExactly(0.5, 1);
    assertThat(loss.seconds()).containsExactly(2, 4);
    assertThat(history.metric("tokens_per_second").values()).containsExactly(250);
    assertThat(history.metric("validation_loss").values()).containsExactly(1.5);
    assertThat(history.metric("validation_loss").seconds()).containsExactly(4);
    assertThat(history.last("learning_rate")).hasValue(0.001);
    assertThat(history.metric("nothing").size()).isZero();
    assertThat(history.last("nothing")).isEmpty();
  }

  @Test
  void linesWithoutSecondsLieBetweenTheirNeighbours() throws IOException {
    MetricsHistory history =
        read(
            "{\"step\":5,\"v\":0}",
            "{\"step\":10,\"seconds\":2}",
            "{\"step\":15,\"v\":0}",
            "{\"step\":30,\"seconds\":8}",
            "{\"step\":30,\"v\":0}",
            "{\"step\":40,\"v\":0}",
            "");
    double[] seconds = history.metric("v").seconds();
    assertThat(seconds).containsExactly(new double[] {1, 3.5, 8, 11}, within(1e-12));
    assertThat(read("{\"step\":5,\"v\":0}", "").metric("v").seconds()).containsExactly(Double.NaN);
  }

  @Test
  void aHalfWrittenLastLineIsLeftOut() throws IOException {
    assertThat(read("{\"step\":1,\"loss\":2}", "{\"step\":2,\"lo").metric("loss").values())
        .containsExactly(2);
    assertThat(read("{\"st").size()).isZero();
  }

  @Test
  void numbersThatJsonLacksAreNullAndWereTexts() throws IOException {
    Metric metric =
        read(
                "{\"step\":1,\"a\":\"Infinity\"}",
                "{\"step\":2,\"a\":3,\"best\":true}",
                "{\"step\":3,\"a\":2}",
                "{\"step\":4,\"a\":2}",
                "{\"step\":5,\"a\":\"NaN\"}",
                "{\"step\":6,\"a\":null}",
                "")
            .metric("a");
    assertThat(metric.values())
        .containsExactly(Double.POSITIVE_INFINITY, 3, 2, 2, Double.NaN, Double.NaN);
    assertThat(metric.last()).hasValue(2);
    assertThat(metric.lowest()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"loss\":1}|no step",
        "{\"step\":-1}|step -1.0 is not a whole number",
        "{\"step\":1.5}|step 1.5 is not a whole number",
        "{\"step\":\"NaN\"}|step NaN is not a whole number",
        "{\"step\":3}|step 3 after step 7",
        "{\"step\":8,\"loss\":\"low\"}|'loss' is not a number",
        "{\"step\":8,\"loss\":[1]}|'loss' is not a number",
        "[8]|not a JSON object",
        "{\"step\":8,\"step\":8}|Duplicate",
        "{\"step\":8}}|Unexpected close marker",
        "loss 8|is not a JSON value"
      })
  void aForeignLineIsRefusedByFileAndLine(String line, String reason) {
    assertThatThrownBy(() -> read("{\"step\":7}", line, "{\"step\":9}", ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder.resolve(MetricsLog.FILE).toString())
        .hasMessageContaining("line 2")
        .hasMessageContaining(reason);
  }

  @Test
  void aFolderWithoutALogIsRefused() {
    assertThatThrownBy(() -> MetricsHistory.read(folder))
        .isInstanceOf(InputException.class)
        .hasMessage(folder + " has no log.jsonl: nothing was trained there");
    assertThatThrownBy(() -> MetricsHistory.read(folder.resolve("none")))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("none does not exist");
  }

  @Test
  void theLogItselfCanBeNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("other.jsonl"), "{\"step\":1,\"a\":1}\n");
    assertThat(MetricsHistory.read(file).lines()).hasSize(1).isInstanceOf(List.class);
  }
}
