package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;

class GenerationDefaultsTest {
  @TempDir private Path folder;

  private void write(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
  }

  @Test
  void aFolderWithoutTheFileHasTheUsualOptions() {
    assertThat(GenerationDefaults.of(folder)).isEqualTo(SamplingOptions.DEFAULT);
  }

  @Test
  void whatTheFileSetsCounts() throws IOException {
    write("{\"temperature\": 0.8, \"min_p\": 0.05}");
    assertThat(GenerationDefaults.of(folder))
        .isEqualTo(new SamplingOptions(0.8, 0, 1, 0.05, 1, false));
    write("{\"top_k\": 40, \"top_p\": 0.9, \"repetition_penalty\": 1.1}");
    assertThat(GenerationDefaults.of(folder))
        .isEqualTo(new SamplingOptions(1, 40, 0.9, 0, 1.1, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"temprature\": 0.8}|sets temprature; it can set min_p, repetition_penalty, temperature",
        "{\"temperature\": \"0.8\"}|temperature is not a number",
        "{\"temperature\": null}|temperature is not a number",
        "{\"temperature\": 0}|the temperature must be a number from 0.001",
        "{\"top_k\": \"5\"}|top_k is not a number",
        "{\"top_k\": 1.5}|top_k is not a whole number",
        "{\"top_p\": 2}|top-p must be above 0 and at most 1",
        "[1]|is not a JSON object",
        "{|generation_config.json"
      })
  void anythingElseIsRefusedByName(String json, String words) throws IOException {
    write(json);
    assertThatThrownBy(() -> GenerationDefaults.of(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(words)
        .message()
        .containsOnlyOnce("generation_config.json");
  }
}
