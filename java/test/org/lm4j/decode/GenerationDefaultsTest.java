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
import org.junit.jupiter.params.provider.ValueSource;
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

  /** As Transformers writes them: of GPT-2, of Llama 3 with sampling, and of an older version. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"_from_model_config\": true, \"bos_token_id\": 50256, \"eos_token_id\": 50256,"
            + " \"transformers_version\": \"4.26.0.dev0\"",
        "\"bos_token_id\": 128000, \"eos_token_id\": [128001, 128009], \"do_sample\": true,"
            + " \"max_length\": 4096, \"pad_token_id\": null, \"use_cache\": false",
        "\"num_beams\": 1, \"typical_p\": 1.0, \"no_repeat_ngram_size\": 0,"
            + " \"length_penalty\": 1, \"early_stopping\": false, \"penalty_alpha\": null"
      })
  void fieldsOfTransformersThatChangeNoTextAreIgnored(String fields) throws IOException {
    write("{\"temperature\": 0.6, \"top_p\": 0.9, " + fields + "}");
    assertThat(GenerationDefaults.of(folder))
        .isEqualTo(new SamplingOptions(0.6, 0, 0.9, 0, 1, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"temprature\": 0.8}|sets temprature; it can set min_p, repetition_penalty, temperature",
        "{\"num_beams\": 4, \"top_k\": 1}|sets num_beams; it can set min_p",
        "{\"early_stopping\": true}|sets early_stopping",
        "{\"stop_strings\": [\";\"]}|sets stop_strings",
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
