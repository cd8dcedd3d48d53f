package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.SafetensorsFile;

/**
 * A training that leaves the finite numbers stops, keeps what was good, and can continue from it.
 */
@Tag("slow")
class DivergenceTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void writeText() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
  }

  /** At step 1 the loss is still that of the initial weights; the update then breaks them. */
  @ParameterizedTest
  @ValueSource(strings = {"--steps 1", "--steps 50", "--steps 9 --valid-fraction 0"})
  void stopsAndKeepsTheFirstCheckpoint(String length) {
    String[] options =
        ("--cell rnn-relu --optimizer sgd --learning-rate 1000000 --clip 0 --device cpu " + length)
            .split(" ", -1);
    Commands.Outcome outcome = train(corpus, model, options);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
    assertThat(lastLine(outcome))
        .contains("at step ", "checkpoint of step 0", "--resume", "--learning-rate", "--force");
    assertThat(outcome.err()).doesNotContain("Exception", "internal error", "kept\n");
    assertFinite("checkpoint.safetensors");
    assertFinite("model.safetensors");

    Commands.Outcome resumed =
        lm(
            ("train --resume --learning-rate 0.5 --steps 3 --device reference --sample 0 --model "
                    + model)
                .split(" ", -1));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("changing the recipe", "done at step 3");
    assertFinite("model.safetensors");
  }

  @Test
  void keepsTheBestWeightsOfBefore() throws IOException {
    String[] start = {
      "--cell", "rnn-relu", "--optimizer", "sgd", "--learning-rate", "0.5", "--clip", "0"
    };
    assertThat(train(corpus, model, start).code()).isZero();
    byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
    byte[] checkpoint = Files.readAllBytes(model.resolve("checkpoint.safetensors"));
    String command =
        "train --resume --learning-rate 1000000 --steps 9 --device cpu --sample 0 --model ";
    Commands.Outcome outcome = lm((command + model).split(" ", -1));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
    assertThat(lastLine(outcome)).contains("checkpoint of step 5");
    assertThat(model.resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(model.resolve("checkpoint.safetensors")).hasBinaryContent(checkpoint);
  }

  private static String lastLine(Commands.Outcome outcome) {
    return outcome.err().lines().toList().getLast();
  }

  private void assertFinite(String file) {
    try (SafetensorsFile kept = SafetensorsFile.open(model.resolve(file))) {
      for (String name : kept.names()) {
        for (double value : kept.tensor(name).toArray()) {
          assertThat(value).as(name).isFinite();
        }
      }
    }
  }
}
